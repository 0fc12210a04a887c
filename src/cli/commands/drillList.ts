import { EXIT } from '../../core/errorCatalogue.ts';
import { missingFor, SCENARIOS } from '../../drill/scenarios.ts';
import type { CommandModule } from '../app.ts';

/** `drill list` */
export const run: CommandModule['run'] = async (app) => {
  const scenarios = await Promise.all(
    SCENARIOS.map(async (scenario) => {
      const { name, title, about, playbook, cluster } = scenario;
      return {
        ...{ name, title, about, playbook },
        metaStores: [...cluster.metaStores],
        missing: await missingFor(scenario),
      };
    }),
  );
  app.out.result({ scenarios }, () =>
    app.out.table(
      ['scenario', 'what happens'],
      scenarios.map((one) => [
        one.name,
        one.missing === null ? one.title : `${one.title} (needs ${one.missing}, which is not in PATH)`,
      ]),
    ),
  );
  return EXIT.done;
};
