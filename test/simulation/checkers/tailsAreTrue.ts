import { appliedTo } from './applied.ts';
import type { Checker, Violation } from './checkers.ts';

/** A linearizable tail has everything below it that was acknowledged before the question; a lower bound promises what is there. */
export const tailsAreTrue: Checker = function* (run): Iterable<Violation> {
  const { oracle } = run.world;
  for (const claim of oracle.tails) {
    if (appliedTo(run, claim.logId).some(({ at }) => at <= claim.at)) continue;
    if (claim.kind !== 'lowerBound' && claim.tail < claim.ackedBefore)
      yield {
        invariant: 'tails are true',
        message: `checkTail of ${claim.logId} answered ${claim.kind} ${claim.tail} at ${claim.at.toFixed(1)}; ${claim.ackedBefore} was acknowledged before`,
      };
  }
};
