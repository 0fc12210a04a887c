import type { Interval } from '../evidence.ts';
import type { Position } from '../ids.ts';
import { joined } from '../reconstruct/segments.ts';
import type { LogSituation } from './situation.ts';

/** What would be lost if everything that does not answer now never came back. */
export interface LossNow {
  /** On nobody, and nobody who could return has it. */
  readonly lost: readonly Interval[];
  /** On nobody who answers. Open-ended where nobody who answers knows how much there is. */
  readonly possiblyLost: readonly Interval[];
  /** Stored, perhaps acknowledged: a recovery keeps it. */
  readonly unknownOutcomeResolved: readonly Interval[];
}

/**
 * A living register says itself that nothing follows its last segment: that servers alone could not show it is no loss
 * then. It holds one side of a fork only. `known`: positions below it are known to have been acknowledged.
 */
export function lossNow({ register, rebuilt }: LogSituation, known: Position | undefined): LossNow {
  const gaps = rebuilt.segments.flatMap((segment) => segment.missing);
  const [gone, silent] = [
    gaps.filter((gap) => gap.wouldReturn.length === 0),
    gaps.filter((gap) => gap.wouldReturn.length > 0),
  ];
  const last = rebuilt.end?.last;
  const beyond =
    register === undefined
      ? rebuilt.loss.possiblyLost.filter((one) => one.to === undefined)
      : last?.state === 'unsealable'
        ? [{ from: last.tailAcceptingLoss }]
        : [];
  const forked = rebuilt.branching.forks.flat().map(({ start }) => ({ from: start }));
  return {
    lost: joined(gone.map(({ from, to }) => ({ from, to }))),
    possiblyLost: joined([...silent.map(({ from, to }) => ({ from, to })), ...beyond, ...forked]),
    unknownOutcomeResolved: above(known, rebuilt.loss.unknownOutcomeResolved),
  };
}

/** What a store knows to be acknowledged has no unknown outcome, though the survivors alone could not tell. */
function above(known: Position | undefined, intervals: readonly Interval[]): Interval[] {
  if (known === undefined) return [...intervals];
  return intervals
    .filter(({ to }) => to === undefined || known < to)
    .map(({ from, to }) => ({ from: from < known ? known : from, ...(to !== undefined && { to }) }));
}
