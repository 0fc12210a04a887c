import type { ForeignVerification } from '../../codec/results/foreignVerify.ts';

const WORDS: Readonly<Record<ForeignVerification['verdict'], string>> = {
  ok: 'Everything is whole.',
  risk: 'Nothing is known to be missing, and not everything is well:',
  loss: 'RECORDS ARE MISSING:',
  unreachable: 'No node answers: nothing is known.',
};

export function foreignVerifyText({
  verdict,
  nodes,
  logs,
  partitions,
  problems,
}: ForeignVerification): string {
  return [
    WORDS[verdict],
    ...problems.map((problem) => `  ${problem}`),
    ...nodes.flatMap(({ name, behind, joined }) => {
      if (!joined) return [`  ${name} does not answer, or has not joined`];
      return behind.length === 0 ? [] : [`  ${name} has older ${behind.join(', ')} than the store`];
    }),
    ...logs.flatMap(({ logId, tail, segments, extended }) => [
      `  Log ${logId}: ${segments.length} segments, its tail is ${tail ?? 'not found'}${extended === null ? '' : extended ? ', a new segment was made' : ', NO NEW SEGMENT COULD BE MADE'}`,
      ...segments.flatMap(({ logletId, missing, thin }) => [
        ...missing.map(({ from, to }) => `    ${logletId}: ${from} to ${to} is on no node that answers`),
        ...thin.map(
          ({ from, to }) => `    ${logletId}: ${from} to ${to} is on fewer nodes than it should be`,
        ),
      ]),
    ]),
    ...partitions.map(
      ({ id, active, detail }) => `  Partition ${id}: ${active ? 'active' : `NOT ACTIVE, ${detail}`}`,
    ),
  ].join('\n');
}
