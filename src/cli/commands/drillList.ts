import { EXIT } from '../../core/errorCatalogue.ts';
import { SCENARIOS } from '../../drill/scenarios.ts';
import type { CommandModule } from '../app.ts';

/** `drill list` */
export const run: CommandModule['run'] = async (app) => {
  const scenarios = SCENARIOS.map(({ name, title, about }) => ({ name, title, about }));
  app.out.result({ scenarios }, () =>
    app.out.table(
      ['scenario', 'what happens'],
      scenarios.map((one) => [one.name, one.about]),
    ),
  );
  return EXIT.done;
};
