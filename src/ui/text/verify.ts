import type { Verification } from '../../codec/results/verify.ts';
import { folded } from './fold.ts';
import { intervals } from './plans/words.ts';

type Problem = Verification['problems'][number];

const MARK: Readonly<Record<Problem['weighs'], string>> = { loss: 'LOST', risk: 'WARN', note: 'INFO' };

/** Many problems of one kind are one problem to a person. */
const LISTED = 50;

/** What was read back, and what is wrong with it. */
export function verifyText(result: Verification): string {
  const { checked, problems, released, cluster } = result;
  const shown = problems.slice(0, LISTED);
  return [
    `${cluster.name}: ${HEADLINE[result.verdict]}`,
    `Read ${checked.entries} entries (${sizeText(checked.bytes)}) of ${checked.copies} copies: ${checked.positions} positions of ${checked.segments} segments in ${checked.logs} log${checked.logs === 1 ? '' : 's'}.`,
    `Held against each other: ${checked.descriptors} descriptors, ${checked.snapshots} snapshots.`,
    ...shown.flatMap(problemText),
    ...(problems.length > shown.length
      ? [`  … and ${problems.length - shown.length} more (--json lists all)`]
      : []),
    ...released.map((logId) => `Log ${logId}: trim and collection are allowed again.`),
    '',
    nextText(result),
  ].join('\n');
}

const HEADLINE: Readonly<Record<Verification['verdict'], string>> = {
  ok: 'OK, everything that was read is whole',
  risk: 'WARN, nothing is lost, and something is to be done',
  loss: 'LOST, entries are missing or stand against each other',
  unreachable: 'UNKNOWN, no server answers; nothing was read',
};

function problemText({ weighs, code, kind, message, positions }: Problem): string[] {
  const name = code ?? kind.toUpperCase();
  const where =
    positions === undefined || positions.length === 0
      ? ''
      : ` (${intervals(positions.slice(0, 8))}${positions.length > 8 ? '; …' : ''})`;
  return folded(`${name}: ${message}${where}`, `  ${MARK[weighs]} `);
}

function sizeText(bytes: number): string {
  if (bytes < 10_000) return `${bytes} B`;
  return bytes < 10_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${Math.round(bytes / 1_000_000)} MB`;
}

function nextText({ verdict, problems }: Verification): string {
  if (verdict === 'unreachable') return 'Next: `vlog-dr assess`';
  const first = problems.find((problem) => problem.next !== null);
  if (first?.next != null) return `Next: \`${first.next}\``;
  return verdict === 'ok' ? 'Next: nothing to do.' : 'Next: `vlog-dr assess`';
}
