import { EXIT } from '../../core/errorCatalogue.ts';
import { openSandbox } from '../../sandbox/layout.ts';
import { killMembers } from '../../sandbox/verbs.ts';
import type { CommandModule } from '../app.ts';
import { verbText } from '../render/sandbox.ts';

/** `sandbox kill ID…` */
export const run: CommandModule['run'] = async (app, ids, options) => {
  const sandbox = await openSandbox(options.required('dir'));
  const result = await killMembers(sandbox, ids, app.clock);
  app.out.result(result, () => verbText(result));
  return EXIT.done;
};
