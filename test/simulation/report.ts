import { DrError } from '../../src/core/errors.ts';
import type { RunResult } from './run.ts';
import type { RunReport } from './tally.ts';

/** A run without its world. */
export function reportOf(result: RunResult): RunReport {
  const errors: Record<string, number> = {};
  for (const { error } of result.record.recoveries) {
    if (error === undefined) continue;
    const code = error instanceof DrError ? error.code : error.failure;
    errors[code] = (errors[code] ?? 0) + 1;
  }
  const { profile, seed, events, acked, elapsedMs, verdicts, violations } = result;
  return {
    profile,
    seed,
    events,
    acked,
    elapsedMs,
    verdicts,
    errors,
    violations,
    ...cautionOf(result),
  };
}

/**
 * With every server back and no disk ever lost or damaged, everything that was there is there: only one chain is
 * possible, and a recovery that does not call it proven is over-cautious.
 */
function cautionOf({ record: { world, recoveries } }: RunResult): Pick<RunReport, 'judged' | 'overCautious'> {
  const { budget } = world.scenario;
  const isWhole = world.wiped.size === 0 && budget.rottenDescriptors + budget.rottenEntries === 0;
  const last = recoveries.find((one) => one.operator.startsWith('last'));
  const risked = recoveries.some((one) =>
    one.plan?.logs.some((log) => log.verdict !== 'proven' && log.decision === 'install'),
  );
  if (!isWhole || risked || last?.plan === undefined) return { judged: 0, overCautious: 0 };
  const refused = last.plan.logs.filter((log) => log.verdict !== 'proven');
  return { judged: last.plan.logs.length, overCautious: refused.length };
}
