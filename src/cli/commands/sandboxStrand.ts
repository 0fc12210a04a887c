import { EXIT } from '../../core/errorCatalogue.ts';
import { accessSandbox } from '../../sandbox/access.ts';
import { strandLog } from '../../sandbox/disasters/strand.ts';
import type { CommandModule } from '../app.ts';
import { logIdOf } from '../options.ts';

/** `sandbox strand` */
export const run: CommandModule['run'] = async (app, _, options) => {
  const { connection, sandbox } = await accessSandbox(app, options.required('dir'));
  const logId = logIdOf(options.text('log') ?? '1');
  const result = await strandLog(connection, logId);
  app.out.result(
    { dir: sandbox.dir, ...result },
    () =>
      `Log ${logId}: loglet ${result.sealed} is sealed, and its successor ${result.orphan} is in no chain. Whoever was at it is gone.`,
  );
  return EXIT.done;
};
