import { EXIT } from '../../core/errorCatalogue.ts';
import { openSandbox } from '../../sandbox/layout.ts';
import { pauseMembers } from '../../sandbox/verbs.ts';
import type { CommandModule } from '../app.ts';
import { verbText } from '../render/sandbox.ts';

/** `sandbox pause ID…` */
export const run: CommandModule['run'] = async (app, ids, options) => {
  const sandbox = await openSandbox(options.required('dir'));
  const result = await pauseMembers(sandbox, ids, app.clock);
  app.out.result(result, () => verbText(result));
  return EXIT.done;
};
