import { parseAcked } from '../../codec/acked.ts';
import type { Verification } from '../../codec/results/verify.ts';
import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { logId } from '../../core/ids.ts';
import { type AckedVerdict, type LostEntry, verifyAcked } from '../../operations/log/verifyAcked.ts';
import { verify } from '../../operations/verify/verify.ts';
import { verifyText } from '../../ui/text/verify.ts';
import type { App, CommandModule } from '../app.ts';
import { openLog } from '../connection.ts';

/**
 * `verify`: everything, from every copy. `verify --acked FILE`: what was acknowledged to a load, as a client reads it.
 * Exit 0: whole; 3: at risk; 4: lost; 5: no server answers.
 */
export const run: CommandModule['run'] = async (app, _, options) => {
  const file = options.text('acked');
  return file === undefined ? verifyAll(app, options.flag('apply')) : verifyFile(app, file);
};

async function verifyAll(app: App, release: boolean): Promise<ExitCode> {
  const { cluster } = await app.connect();
  const result = await verify(cluster, { release });
  app.out.result(result, () => verifyText(result));
  return VERDICT_EXIT[result.verdict];
}

const VERDICT_EXIT: Readonly<Record<Verification['verdict'], ExitCode>> = {
  ok: EXIT.done,
  risk: EXIT.attention,
  loss: EXIT.refused,
  unreachable: EXIT.unreachable,
};

async function verifyFile(app: App, file: string): Promise<ExitCode> {
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
}

function printVerdict(app: App, verdicts: readonly AckedVerdict[]): ExitCode {
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
