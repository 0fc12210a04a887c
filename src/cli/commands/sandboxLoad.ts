import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { DrError } from '../../core/errors.ts';
import { accessSandbox } from '../../sandbox/access.ts';
import { openSandbox, paths, type Sandbox } from '../../sandbox/layout.ts';
import { type LoadSummary, runLoad } from '../../sandbox/load.ts';
import type { App, CommandModule } from '../app.ts';
import { openLog } from '../connection.ts';
import { logIdOf, type Options } from '../options.ts';

/** `sandbox load`: appends, and remembers what was acknowledged. Ends in order when it is interrupted. */
export const run: CommandModule['run'] = async (app, _, options) => {
  const opened = await openSandbox(options.required('dir'));
  if (opened.state.restate !== undefined) return await callCounters(app, opened, options);
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

/** A Restate sandbox has no log to append to: its counters are called. */
async function callCounters(app: App, sandbox: Sandbox, options: Options): Promise<ExitCode> {
  const { checkSandboxCounters, runCallLoad } = await import('../../sandbox/restate/session.ts');
  if (options.flag('check')) {
    const counters = await checkSandboxCounters(sandbox);
    const wrong = counters.filter(({ verdict }) => verdict === 'lost' || verdict === 'surplus');
    app.out.result({ dir: sandbox.dir, ok: wrong.length === 0, counters }, () => {
      const rows = counters.map((one) => [one.key, one.verdict, String(one.acknowledged), String(one.value)]);
      return app.out.table(['counter', 'verdict', 'acknowledged', 'stands at'], rows);
    });
    return wrong.length === 0 ? EXIT.done : EXIT.refused;
  }
  const additions = options.flag('forever') ? undefined : (options.count('entries', 1) ?? 1_000);
  const summary = await runCallLoad(app, sandbox, additions);
  app.out.result({ dir: sandbox.dir, ...summary }, () =>
    [
      `${summary.acknowledged} additions acknowledged, ${summary.unknown} unknown, in ${(summary.elapsedMs / 1000).toFixed(1)} s.`,
      `next: vlog-dr sandbox load --check --dir ${sandbox.dir}`,
    ].join('\n'),
  );
  return summary.unknown === 0 ? EXIT.done : EXIT.attention;
}

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
