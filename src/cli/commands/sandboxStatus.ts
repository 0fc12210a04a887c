import { EXIT } from '../../core/errorCatalogue.ts';
import { openSandbox } from '../../sandbox/layout.ts';
import { sandboxStatus } from '../../sandbox/verbs.ts';
import type { CommandModule } from '../app.ts';
import { sandboxText } from '../render/sandbox.ts';

/** `sandbox status` */
export const run: CommandModule['run'] = async (app, _, options) => {
  const status = await sandboxStatus(await openSandbox(options.required('dir')));
  app.out.result(status, () => sandboxText(app.out, status));
  return EXIT.done;
};
