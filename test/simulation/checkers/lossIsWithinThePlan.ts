import type { LogPlan } from '../../../src/codec/plan.ts';
import { appliedTo, saidLost } from './applied.ts';
import type { Checker, Violation } from './checkers.ts';

/**
 * Loss intervals: what no disk held any more when the plan was made lies within what the plan calls lost, or an earlier
 * one that was applied: its operator accepted it, and other entries may have the positions since.
 */
export const lossIsWithinThePlan: Checker = function* (run): Iterable<Violation> {
  const { oracle } = run.world;
  for (const logId of run.world.logIds) {
    const told: LogPlan[] = [];
    for (const { log, at } of appliedTo(run, logId)) {
      told.push(log);
      for (const entry of oracle.acked) {
        if (entry.logId !== logId || entry.logletId === undefined || entry.at > at) continue;
        if (entry.position < log.trimPoint || told.some((one) => saidLost(one, entry.position))) continue;
        const destroyedAt = run.world.destroyedAt(entry.logletId, entry.position);
        if (destroyedAt === undefined || destroyedAt > at) continue;
        yield {
          invariant:
            log.verdict === 'proven'
              ? 'loss lies within the plan (wrong proven)'
              : 'loss lies within the plan',
          message: `position ${entry.position} of ${logId} was on no disk since ${destroyedAt.toFixed(1)}; the plan (${log.verdict}) calls it neither lost nor possibly lost`,
        };
      }
    }
  }
};
