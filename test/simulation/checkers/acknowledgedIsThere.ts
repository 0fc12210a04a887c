import { appliedTo, saidLost } from './applied.ts';
import type { Checker, Violation } from './checkers.ts';

/** 1. An acknowledged entry is not missing after a recovery that did not say so. */
export const acknowledgedIsThere: Checker = function* (run): Iterable<Violation> {
  const { oracle } = run.world;
  for (const [logId, content] of run.content) {
    const applied = appliedTo(run, logId);
    const proven = applied.every(({ log }) => log.verdict === 'proven');
    const trimPoint = oracle.trimPoint(logId);
    const known = new Map(
      oracle.acked
        .filter((one) => one.logletId !== undefined && one.logId === logId)
        .map((one) => [one.position, one.logletId]),
    );
    for (const { position, payload, at, logId: log } of oracle.acked) {
      if (log !== logId || position < trimPoint || content.get(position) === payload) continue;
      if (applied.some((one) => saidLost(one.log, position))) continue;
      const logletId = known.get(position);
      const exists = logletId !== undefined && run.world.exists(logletId, position);
      const found = content.get(position);
      const error = run.world.finalErrors.get(logId);
      // What no disk holds any more is lost whatever anybody does; that a plan must say is another checker's.
      if (found === undefined && !exists) continue;
      // A reader that stops at damage in front of it says nothing of what lies behind.
      if (
        found === undefined &&
        error !== undefined &&
        (content.size === 0 || position > last(content.keys()))
      ) {
        if (error.code === 'E_POSITIONS_LOST' || error.code === 'E_CORRUPT' || error.code === 'E_UNSEALABLE')
          continue;
        if (error.code === 'E_CONTRADICTION' && run.world.wiped.size > 0) continue;
      }
      yield {
        invariant: proven
          ? '1 nothing acknowledged is missing (wrong proven)'
          : '1 nothing acknowledged is missing',
        message: `position ${position} of ${logId}, acknowledged at ${at.toFixed(1)} as ${payload}, is ${found ?? `missing (${error?.code ?? 'the log ends before it'})`}`,
      };
    }
  }
};

function last(positions: Iterable<bigint>): bigint {
  let greatest = -1n;
  for (const position of positions) if (position > greatest) greatest = position;
  return greatest;
}
