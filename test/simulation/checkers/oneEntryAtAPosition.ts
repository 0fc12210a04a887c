import type { LogId } from '../../../src/core/ids.ts';
import { appliedTo, saidLost } from './applied.ts';
import type { Checker, Violation } from './checkers.ts';

/** 2. No two different entries are acknowledged or served at one position. */
export const oneEntryAtAPosition: Checker = function* (run): Iterable<Violation> {
  const { oracle } = run.world;
  const first = new Map<string, { readonly payload: string; readonly at: number; readonly how: string }>();
  const all = [
    ...oracle.acked.map((one) => ({ ...one, how: 'acknowledged' })),
    ...oracle.served.map((one) => ({ ...one, how: `served to ${one.reader}` })),
  ].sort((a, b) => a.at - b.at);
  for (const one of all) {
    const key = `${one.logId}/${one.position}`;
    const before = first.get(key);
    if (before === undefined) first.set(key, one);
    else if (before.payload !== one.payload && !mayDiffer(one.logId, one.position))
      yield {
        invariant: '2 one entry at a position',
        message: `position ${one.position} of ${one.logId}: ${before.payload} ${before.how} at ${before.at.toFixed(1)}, ${one.payload} ${one.how} at ${one.at.toFixed(1)}`,
      };
  }

  /** After a loss that was stated the log goes on at a position that once held something else. */
  function mayDiffer(logId: LogId, position: bigint): boolean {
    return appliedTo(run, logId).some(({ log }) => saidLost(log, position));
  }
};
