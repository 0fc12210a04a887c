import { appliedTo, saidLost } from './applied.ts';
import type { Checker, Violation } from './checkers.ts';

/** What was said to be certainly not in the log is never served. */
export const deniedIsNotThere: Checker = function* (run): Iterable<Violation> {
  const { oracle } = run.world;
  const denied = new Set(oracle.denied.map(({ logId, payload }) => `${logId} ${payload}`));
  if (denied.size === 0) return;
  for (const { logId, payload, position, reader } of oracle.served) {
    if (!denied.has(`${logId} ${payload}`)) continue;
    // A risk that was accepted may bring back what the lost end of the chain had ruled out.
    if (!appliedTo(run, logId).some((one) => saidLost(one.log, position)))
      yield {
        invariant: 'nothing is denied that is there',
        message: `${payload} was said not to be in ${logId}, and ${reader} was served it at ${position}`,
      };
  }
};
