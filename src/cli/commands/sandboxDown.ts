import { EXIT } from '../../core/errorCatalogue.ts';
import { openSandbox } from '../../sandbox/layout.ts';
import { stopSandbox } from '../../sandbox/verbs.ts';
import type { CommandModule } from '../app.ts';
import { verbText } from '../render/sandbox.ts';

/** `sandbox down` */
export const run: CommandModule['run'] = async (app, _, options) => {
  const sandbox = await openSandbox(options.required('dir'));
  const result = await stopSandbox(sandbox, { clock: app.clock, deleteData: options.flag('delete') });
  app.out.result(result, () => verbText(result));
  return EXIT.done;
};
