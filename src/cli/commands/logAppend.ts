import { EXIT } from '../../core/errorCatalogue.ts';
import { appendAll, linesOf, type PositionRange } from '../../operations/log/appendLines.ts';
import type { CommandModule } from '../app.ts';
import { openLog } from '../connection.ts';
import { logIdOf, usageError } from '../options.ts';

/** `log append LOG`: one entry for each line of stdin. */
export const run: CommandModule['run'] = async (app, [name = '']) => {
  if (app.stdin.isTerminal) throw usageError('`log append` takes its lines from stdin, which is a terminal.');
  const log = openLog(await app.connect(), logIdOf(name));
  const appended = await appendAll(log, linesOf(app.stdin.chunks));
  app.out.result({ logId: name, ...appended }, () => {
    const where = appended.ranges.map(describeRange).join(', ');
    const said = `${appended.acknowledged} of ${appended.entries} entries acknowledged${where === '' ? '' : ` at ${where}`}.`;
    if (appended.outcome === 'acknowledged') return said;
    return appended.outcome === 'partial'
      ? `${said} The others are certainly not in the log.`
      : `${said} Of the others it is not known: read the log before appending them again.`;
  });
  return appended.outcome === 'acknowledged' ? EXIT.done : EXIT.attention;
};

function describeRange({ from, to }: PositionRange): string {
  return to === from + 1n ? `${from}` : `${from}–${to - 1n}`;
}
