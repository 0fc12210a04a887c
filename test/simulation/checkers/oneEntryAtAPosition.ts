import type { LogId, Position } from '../../../src/core/ids.ts';
import type { Acked, Served } from '../oracle/oracle.ts';
import { appliedTo, saidLost } from './applied.ts';
import type { Checker, Violation } from './checkers.ts';

/** 2. No two different entries are acknowledged or served at one position. */
export const oneEntryAtAPosition: Checker = function* (run): Iterable<Violation> {
  const { oracle } = run.world;
  const first = new Map<LogId, Map<Position, Claim>>(run.world.logIds.map((logId) => [logId, new Map()]));
  for (const one of inOrder(oracle.acked, oracle.served)) {
    const claims = first.get(one.logId);
    const before = claims?.get(one.position);
    if (before === undefined) claims?.set(one.position, one);
    else if (before.payload !== one.payload && !mayDiffer(one.logId, one.position))
      yield {
        invariant: '2 one entry at a position',
        message: `position ${one.position} of ${one.logId}: ${described(before)}, ${described(one)}`,
      };
  }

  /** After a loss that was stated the log goes on at a position that once held something else. */
  function mayDiffer(logId: LogId, position: bigint): boolean {
    return appliedTo(run, logId).some(({ log }) => saidLost(log, position));
  }
};

type Claim = Acked | Served;

/** Both are in the order in which they happened. */
function* inOrder(acked: readonly Claim[], served: readonly Claim[]): Iterable<Claim> {
  let next = 0;
  for (const one of acked) {
    for (let other = served[next]; other !== undefined && other.at < one.at; other = served[next]) {
      yield other;
      next += 1;
    }
    yield one;
  }
  yield* served.slice(next);
}

function described(claim: Claim): string {
  const how = 'reader' in claim ? `served to ${claim.reader}` : 'acknowledged';
  return `${claim.payload} ${how} at ${claim.at.toFixed(1)}`;
}
