import { EXIT } from '../../core/errorCatalogue.ts';
import { accessSandbox } from '../../sandbox/access.ts';
import { corruptEntries } from '../../sandbox/disasters/corrupt.ts';
import { requireMember } from '../../sandbox/layout.ts';
import type { CommandModule } from '../app.ts';
import { logIdOf, usageError } from '../options.ts';

/** `sandbox corrupt ID` */
export const run: CommandModule['run'] = async (app, [server = ''], options) => {
  const access = await accessSandbox(app, options.required('dir'));
  if (requireMember(access.sandbox, server) !== 'logServer') throw usageError(`${server} is no LogServer.`);
  const logId = logIdOf(options.text('log') ?? '1');
  const entries = options.count('entries', 1) ?? 1;
  const result = await corruptEntries(access, { server, logId, entries });
  const { positions } = result;
  app.out.result(
    result,
    () =>
      `${positions.length} entries of log ${logId} are damaged on ${server}, the first at ${positions[0]}. It was restarted; nobody noticed yet: \`vlog-dr verify\` does.`,
  );
  return EXIT.done;
};
