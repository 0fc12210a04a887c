import { chainAt } from './chainIsTheOldOne.ts';
import type { Checker, Violation } from './checkers.ts';
import { endsOf } from './oneLivingControlPlane.ts';

/** 7. A register that the plan leaves alone has every segment that was active when the servers were asked. */
export const nothingToDoIsTrue: Checker = function* (run): Iterable<Violation> {
  const { oracle, observations } = run.world;
  for (const { from, observation, plan } of observations) {
    for (const log of plan.logs) {
      if (log.decision !== 'nothing to do') continue;
      const held = observation.registers.find((one) => one.logId === log.logId)?.chain;
      const known = new Set(held?.segments.map((segment) => segment.logletId));
      const ends = endsOf(oracle.installed.map(({ chain }) => chain));
      for (const segment of chainAt(run, log.logId, from)?.segments ?? []) {
        if (known.has(segment.logletId) || !oracle.wasActive(segment.logletId, from)) continue;
        if ((ends.get(segment.logletId) ?? log.trimPoint + 1n) <= log.trimPoint) continue;
        yield {
          invariant: '7 an old register hides nothing (wrong proven)',
          message: `nothing was to do for ${log.logId}; its register lacks segment ${segment.index}, ${segment.logletId}, which was active`,
        };
      }
    }
  }
};
