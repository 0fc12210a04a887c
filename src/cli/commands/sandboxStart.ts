import { EXIT } from '../../core/errorCatalogue.ts';
import { startableSandbox } from '../../sandbox/access.ts';
import { startMembers } from '../../sandbox/verbs.ts';
import type { CommandModule } from '../app.ts';
import { verbText } from '../render/sandbox.ts';
import { membersGiven } from '../sandboxMembers.ts';

/** `sandbox start ID…`, or `--zone Z` */
export const run: CommandModule['run'] = async (app, ids, options) => {
  const access = await startableSandbox(app, options.required('dir'));
  const result = await startMembers(access, membersGiven(access.sandbox, ids, options));
  app.out.result(result, () => verbText(result));
  return EXIT.done;
};
