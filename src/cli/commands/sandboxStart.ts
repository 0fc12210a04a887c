import { EXIT } from '../../core/errorCatalogue.ts';
import { accessSandbox } from '../../sandbox/access.ts';
import { startMembers } from '../../sandbox/verbs.ts';
import type { CommandModule } from '../app.ts';
import { verbText } from '../render/sandbox.ts';

/** `sandbox start ID…` */
export const run: CommandModule['run'] = async (app, ids, options) => {
  const result = await startMembers(await accessSandbox(app, options.required('dir')), ids);
  app.out.result(result, () => verbText(result));
  return EXIT.done;
};
