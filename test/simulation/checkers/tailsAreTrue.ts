import type { RunRecord } from '../run.ts';
import { appliedTo } from './applied.ts';
import type { Checker, Violation } from './checkers.ts';

const INVARIANT = 'tails are true';

/**
 * A linearizable tail has everything below it that was acknowledged before the question; the tail of an ended loglet is
 * where its successor starts, whoever installed it.
 */
export const tailsAreTrue: Checker = function* (run): Iterable<Violation> {
  const { oracle } = run.world;
  const starts = boundaries(run);
  for (const claim of oracle.tails) {
    if (appliedTo(run, claim.logId).some(({ at }) => at <= claim.at)) continue;
    if (claim.kind !== 'lowerBound' && claim.tail < claim.ackedBefore)
      yield {
        invariant: INVARIANT,
        message: `checkTail of ${claim.logId} answered ${claim.kind} ${claim.tail} at ${claim.at.toFixed(1)}; ${claim.ackedBefore} was acknowledged before`,
      };
    if (claim.kind === 'boundary' && !starts.has(`${claim.logId}/${claim.tail}`))
      yield {
        invariant: INVARIANT,
        message: `checkTail of ${claim.logId} answered boundary ${claim.tail} at ${claim.at.toFixed(1)}; no segment ever started there`,
      };
  }
};

function boundaries(run: RunRecord): Set<string> {
  return new Set(
    run.world.oracle.installed.flatMap(({ chain }) =>
      chain.segments.map((segment) => `${chain.logId}/${segment.start}`),
    ),
  );
}
