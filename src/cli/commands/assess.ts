import type { Assessment } from '../../codec/results/assess.ts';
import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { assess } from '../../operations/assess/assess.ts';
import { htmlPage } from '../../ui/html/page.ts';
import { assessReport } from '../../ui/report/assess.ts';
import { assessLine, assessText } from '../../ui/text/assess.ts';
import type { App, CommandModule } from '../app.ts';
import type { Connection } from '../connection.ts';
import { usageError } from '../options.ts';

const DEFAULT_INTERVAL_S = 5;

/** `assess`: a read-only look at everything. Exit 0: nothing is wrong; 3: something is; 5: nothing answers. */
export const run: CommandModule['run'] = async (app, _, options) => {
  const isWatch = options.flag('watch');
  const page = options.text('html');
  if (isWatch && page !== undefined) throw usageError('--html takes one look; --watch takes many.');
  const connection = await app.connect();
  const intervalS = options.count('interval', 1) ?? DEFAULT_INTERVAL_S;
  if (isWatch) return watch(app, connection, intervalS * 1_000);
  const assessment = await assess(connection.cluster);
  if (page !== undefined) {
    await app.writeNewText(page, htmlPage(assessReport(assessment)));
    app.reporter.note(`The report is in ${page}.`);
  }
  app.out.result(assessment, () => assessText(assessment));
  return exitOf(assessment);
};

/** Until interrupted, one line for each look. */
async function watch(app: App, { cluster }: Connection, intervalMs: number): Promise<never> {
  for (;;) {
    const assessment = await assess(cluster);
    app.out.line(assessment, assessLine(assessment));
    await app.clock.sleep(intervalMs, app.signal);
  }
}

function exitOf({ verdict }: Assessment): ExitCode {
  return { ok: EXIT.done, attention: EXIT.attention, unreachable: EXIT.unreachable }[verdict];
}
