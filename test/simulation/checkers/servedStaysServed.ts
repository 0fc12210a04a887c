import { appliedTo, saidLost } from './applied.ts';
import type { Checker, Violation } from './checkers.ts';

/** 5. What a reader was given is part of the log for good: nothing quarantined, nothing of an orphan is served. */
export const servedStaysServed: Checker = function* (run): Iterable<Violation> {
  const { oracle } = run.world;
  for (const [logId, content] of run.content) {
    const error = run.world.finalErrors.get(logId);
    if (error !== undefined) continue;
    const trimPoint = oracle.trimPoint(logId);
    const applied = appliedTo(run, logId);
    const holes = run.world.finalHoles.get(logId) ?? [];
    for (const { position, payload, reader, at, logId: log } of oracle.served) {
      if (log !== logId || position < trimPoint || content.get(position) === payload) continue;
      if (applied.some((one) => saidLost(one.log, position))) continue;
      const isHole = holes.some(({ from, to }) => position >= from && position < to);
      if (isHole && !content.has(position)) continue;
      yield {
        invariant: '5 nothing is served that is not in the log',
        message: `${reader} was served ${payload} at position ${position} of ${logId} at ${at.toFixed(1)}; the log has ${content.get(position) ?? 'nothing'} there`,
      };
    }
  }
};
