import { EXIT } from '../../core/errorCatalogue.ts';
import type { CommandModule } from '../app.ts';

/** `runs list`: what was applied to this cluster from this machine, oldest first. */
export const run: CommandModule['run'] = async (app) => {
  const config = await app.anyConfig();
  const runs = await app.runs(config).list();
  app.out.result({ runs }, () => {
    if (runs.length === 0) return `Nothing was applied to ${config.cluster.name} from this machine.`;
    return app.out.table(
      ['run', 'command', 'started', 'state', 'steps'],
      runs.map((one) => [
        one.runId,
        one.command,
        one.startedAt === 0 ? '' : new Date(one.startedAt).toISOString(),
        one.state,
        `${one.stepsDone}/${one.stepsBegun}`,
      ]),
    );
  });
  return EXIT.done;
};
