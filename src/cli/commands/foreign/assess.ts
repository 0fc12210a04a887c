import { EXIT } from '../../../core/errorCatalogue.ts';
import { assessForeign } from '../../../operations/foreign/assess/assess.ts';
import { htmlPage } from '../../../ui/html/page.ts';
import { foreignAssessReport } from '../../../ui/report/foreignAssess.ts';
import { foreignAssessLine, foreignAssessText } from '../../../ui/text/foreignAssess.ts';
import type { CommandModule } from '../../app.ts';
import { foreignParts } from '../../foreign.ts';
import { usageError } from '../../options.ts';

const DEFAULT_INTERVAL_S = 5;

/** `assess`, for a Restate cluster. */
export const run: CommandModule['run'] = async (app, _, options) => {
  const page = options.text('html');
  if (options.flag('watch') && page !== undefined)
    throw usageError('--html takes one look; --watch takes many.');
  const parts = foreignParts(await app.connectForeign());
  const intervalMs = (options.count('interval', 1) ?? DEFAULT_INTERVAL_S) * 1_000;
  while (options.flag('watch')) {
    const assessment = await assessForeign(parts, app.clock);
    app.out.line(assessment, foreignAssessLine(assessment));
    await app.clock.sleep(intervalMs, app.signal);
  }
  const assessment = await assessForeign(parts, app.clock);
  if (page !== undefined) {
    await app.writeNewText(page, htmlPage(foreignAssessReport(assessment)));
    app.reporter.note(`The report is in ${page}.`);
  }
  app.out.result(assessment, () => foreignAssessText(assessment));
  return { ok: EXIT.done, attention: EXIT.attention, unreachable: EXIT.unreachable }[assessment.verdict];
};
