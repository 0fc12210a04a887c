import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { DrError } from '../../core/errors.ts';
import { accessSandbox } from '../../sandbox/access.ts';
import { paths } from '../../sandbox/layout.ts';
import { type LoadSummary, runLoad } from '../../sandbox/load.ts';
import type { CommandModule } from '../app.ts';
import { openLog } from '../connection.ts';
import { logIdOf } from '../options.ts';

/** `sandbox load`: appends, and remembers what was acknowledged. Ends in order when it is interrupted. */
export const run: CommandModule['run'] = async (app, _, options) => {
  const { sandbox, connection } = await accessSandbox(app, options.required('dir'));
  const name = logIdOf(options.text('log') ?? '1');
  if (!sandbox.state.logs.includes(name)) {
    throw new DrError('E_UNKNOWN_LOG', {
      message: `The sandbox has no log ${name}; it has ${sandbox.state.logs.join(', ')}. Nothing was done.`,
    });
  }
  const every = options.count('reconfigureEvery', 1);
  const summary = await runLoad({
    logId: name,
    log: openLog(connection, name),
    ...(options.flag('forever') ? {} : { entries: options.count('entries', 1) ?? 1_000 }),
    sizeBytes: options.count('size') ?? 100,
    ...(every === undefined ? {} : { reconfigureEvery: every }),
    ackedFile: paths.acked(sandbox.dir),
    loadId: app.random.ulid(),
    clock: app.clock,
    reporter: app.reporter,
    signal: app.signal,
  });
  app.out.result({ dir: sandbox.dir, ...summary }, () => summaryText(summary));
  return exitCodeOf(summary);
};

function summaryText(summary: LoadSummary): string {
  const { acknowledged, entries, failed, unknown, reconfigurations, first, last } = summary;
  const where = first === null || last === null ? '' : ` at ${first}–${last}`;
  return [
    `${acknowledged} of ${entries} entries of log ${summary.logId} acknowledged${where}, in ${(summary.elapsedMs / 1000).toFixed(1)} s.`,
    `${failed} certainly not in the log, ${unknown} unknown, ${reconfigurations} reconfigurations.`,
    `next: vlog-dr verify --acked ${summary.ackedFile}`,
  ].join('\n');
}

function exitCodeOf({ entries, acknowledged }: LoadSummary): ExitCode {
  if (acknowledged === entries) return EXIT.done;
  return acknowledged === 0 ? EXIT.unreachable : EXIT.attention;
}
