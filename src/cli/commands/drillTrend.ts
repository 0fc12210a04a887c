import type { DrillTrend } from '../../codec/results/drill.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import { checkRecords } from '../../drill/record/read.ts';
import { trendOf } from '../../drill/record/trend.ts';
import { htmlPage } from '../../ui/html/page.ts';
import { trendReport } from '../../ui/report/trend.ts';
import { durationText } from '../../ui/text/duration.ts';
import type { App, CommandModule } from '../app.ts';
import { usageError } from '../options.ts';

/** `drill trend DIR`: are we getting slower? Exit 3 where a drill did not hold, or a record was changed. */
export const run: CommandModule['run'] = async (app, [directory = ''], options) => {
  const checked = await checkRecords(app.absolute(directory));
  if (checked.length === 0) throw usageError(`${directory} holds no record of a drill.`);
  const trend = trendOf(checked);
  const page = options.text('html');
  if (page !== undefined) {
    await app.writeNewText(page, htmlPage(trendReport(trend)));
    app.reporter.note(`The report is in ${page}.`);
  }
  app.out.result(trend, () => trendText(app, trend));
  return trend.ok ? EXIT.done : EXIT.attention;
};

function trendText({ out }: App, { scenarios, rejected }: DrillTrend): string {
  const rows = scenarios.flatMap(({ scenario, history }) =>
    history.map((run, place) => [
      place === 0 ? scenario : '',
      new Date(run.startedAt).toISOString().slice(0, 16).replace('T', ' '),
      run.ok ? 'held' : 'DID NOT HOLD',
      run.verdict,
      run.rtoMs === null ? '' : durationText(run.rtoMs),
      run.lostEntries === null ? '' : String(run.lostEntries),
      String(run.seed),
      run.software,
    ]),
  );
  return [
    out.table(['scenario', 'when', '', 'verdict', 'RTO', 'lost', 'seed', 'version'], rows),
    ...rejected.map((one) => `CHANGED  ${one.record}: ${one.problems.join(' ')}`),
  ].join('\n');
}
