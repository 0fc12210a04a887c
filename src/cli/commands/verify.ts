import { parseAcked } from '../../codec/acked.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import { logId } from '../../core/ids.ts';
import { type AckedVerdict, type LostEntry, verifyAcked } from '../../operations/log/verifyAcked.ts';
import type { App, CommandModule } from '../app.ts';
import { openLog } from '../connection.ts';

/** `verify --acked FILE`: everything that was acknowledged to a load reads back as it was written. */
export const run: CommandModule['run'] = async (app, _, options) => {
  const file = options.required('acked');
  const byLog = parseAcked(await app.readText(file), file);
  const connection = await app.connect();
  const verdicts: AckedVerdict[] = [];
  for (const [name, entries] of byLog) {
    const stage = app.reporter.stage(`reading log ${name} back`);
    const verdict = await verifyAcked(openLog(connection, logId(name)), logId(name), entries);
    stage.done(`${verdict.checked - verdict.lost.length} of ${verdict.checked} are there`);
    verdicts.push(verdict);
  }
  return printVerdict(app, verdicts);
};

function printVerdict(app: App, verdicts: readonly AckedVerdict[]): typeof EXIT.done | typeof EXIT.refused {
  const lost = verdicts.flatMap((verdict) => verdict.lost);
  const checked = verdicts.reduce((sum, verdict) => sum + verdict.checked, 0);
  const trimmed = verdicts.reduce((sum, verdict) => sum + verdict.trimmed, 0);
  const ok = lost.length === 0;
  app.out.result({ ok, checked, trimmed, lost }, () =>
    ok ? sound(checked, trimmed) : losses(app, checked, lost),
  );
  return ok ? EXIT.done : EXIT.refused;
}

function sound(checked: number, trimmed: number): string {
  const given = trimmed === 0 ? '' : ` ${trimmed} of them were trimmed on purpose.`;
  return `All ${checked} acknowledged entries are there.${given}`;
}

function losses(app: App, checked: number, lost: readonly LostEntry[]): string {
  const rows = lost.slice(0, 100).map((one) => [one.logId, String(one.position), one.problem, one.detail]);
  const more =
    lost.length > rows.length ? `\n… and ${lost.length - rows.length} more (--json lists all)` : '';
  return `${lost.length} of ${checked} acknowledged entries do not read back:\n${app.out.table(['log', 'position', 'problem', 'detail'], rows)}${more}`;
}
