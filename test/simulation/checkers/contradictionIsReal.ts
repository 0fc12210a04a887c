import type { Checker, Violation } from './checkers.ts';

/** Honesty: where no disk was lost or damaged and no snapshot was forged, no evidence contradicts other evidence. */
export const contradictionIsReal: Checker = function* (run): Iterable<Violation> {
  const { observations, wiped, scenario } = run.world;
  const { rottenEntries, rottenDescriptors } = scenario.budget;
  if (wiped.size + rottenEntries + rottenDescriptors > 0 || scenario.rottenRepository) return;
  for (const { from, plan } of observations) {
    for (const { logId, verdict, problems } of plan.logs) {
      if (verdict !== 'contradiction') continue;
      yield {
        invariant: 'nobody cries loss where nothing is lost',
        message: `the look at ${from.toFixed(1)} calls ${logId} a contradiction: ${problems.map(({ message }) => message).join(' ')}`,
      };
    }
  }
};
