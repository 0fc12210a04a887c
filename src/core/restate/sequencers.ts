import type { NodeIncarnation, SequencerLook } from './evidence.ts';
import type { RebuiltLog, RebuiltSegment } from './rebuiltLog.ts';
import type { Chains, Segment } from './values.ts';

/**
 * Loglets that the cluster cannot complete with a guess. Records that lie on fewer nodes than a write quorum are copied before
 * anybody reads them, in the name of the sequencer that the chain gives; a log-server that knows another one refuses them
 * (Bifrost's tail repair), and the log stands still.
 */
export function guessedSequencers(logs: readonly RebuiltLog[]): bigint[] {
  return logs.flatMap(({ segments }) =>
    segments.flatMap((one) =>
      one.isSequencerGuessed === true && isToComplete(one) && one.segment.kind === 'replicated'
        ? [one.segment.logletId]
        : [],
    ),
  );
}

function isToComplete({ look }: RebuiltSegment): boolean {
  return look !== undefined && look.highestLocal > look.bounds.committed;
}

/**
 * Which of these loglets must have another sequencer in the chain: where several log-servers know the same one and nobody
 * the guess. One that is alone in knowing any holds all there is, and is sent nothing; the others take the guess, and from
 * then on nothing else: correcting it would stop what it is to get going.
 */
export function sequencersToCorrect(
  chains: Chains,
  looks: readonly SequencerLook[],
  loglets: ReadonlySet<bigint>,
): Map<bigint, NodeIncarnation> {
  const corrections = new Map<bigint, NodeIncarnation>();
  for (const [logletId, guess] of sequencersIn(chains)) {
    const known = looks.flatMap((look) =>
      look.logletId === logletId && look.sequencer !== undefined ? [look.sequencer] : [],
    );
    const [first, second] = known;
    if (!loglets.has(logletId) || first === undefined || second === undefined) continue;
    if (!isSame(first, guess) && known.every((one) => isSame(one, first))) corrections.set(logletId, first);
  }
  return corrections;
}

/** The logs that change, whole, with these sequencers. */
export function withSequencers(
  { logs }: Chains,
  corrections: ReadonlyMap<bigint, NodeIncarnation>,
): Map<number, readonly Segment[]> {
  const changed = [...logs].map(([logId, segments]) => {
    const corrected = segments.map((segment) => {
      const sequencer = segment.kind === 'replicated' ? corrections.get(segment.logletId) : undefined;
      return sequencer === undefined || segment.kind !== 'replicated' ? segment : { ...segment, sequencer };
    });
    return [logId, corrected] as const;
  });
  return new Map(
    changed.filter(([logId, segments]) => segments.some((one, at) => one !== logs.get(logId)?.[at])),
  );
}

/** Whether these loglets have the same sequencers in both, as far as both list them. */
export function sameSequencers(a: Chains, b: Chains, loglets: ReadonlySet<bigint>): boolean {
  const before = new Map(sequencersIn(a));
  return sequencersIn(b).every(([logletId, sequencer]) => {
    const was = before.get(logletId);
    return was === undefined || !loglets.has(logletId) || isSame(was, sequencer);
  });
}

function sequencersIn(chains: Chains): [bigint, NodeIncarnation][] {
  return segmentsOf(chains).flatMap((segment) =>
    segment.kind === 'replicated' ? [[segment.logletId, segment.sequencer] as [bigint, NodeIncarnation]] : [],
  );
}

function segmentsOf({ logs }: Chains): Segment[] {
  return [...logs.values()].flat();
}

function isSame(a: NodeIncarnation, b: NodeIncarnation): boolean {
  return a.id === b.id && a.generation === b.generation;
}
