import { EXIT } from '../../core/errorCatalogue.ts';
import { openSandbox } from '../../sandbox/layout.ts';
import { wipeMembers } from '../../sandbox/verbs.ts';
import type { CommandModule } from '../app.ts';
import { verbText } from '../render/sandbox.ts';
import { membersGiven } from '../sandboxMembers.ts';

/** `sandbox wipe ID…`, or `--zone Z` */
export const run: CommandModule['run'] = async (app, ids, options) => {
  const sandbox = await openSandbox(options.required('dir'));
  const result = await wipeMembers(sandbox, membersGiven(sandbox, ids, options), app.clock);
  app.out.result(result, () => verbText(result));
  return EXIT.done;
};
