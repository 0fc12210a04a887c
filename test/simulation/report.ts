import { DrError } from '../../src/core/errors.ts';
import { cautionOf } from './checkers/provenIsTheOnlyOne.ts';
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
    ...returnedOf(result),
    ...cautionOf(result.record),
  };
}

/**
 * With every server back and no disk ever lost or damaged, everything that was there is there: only one chain is
 * possible, and a recovery that does not call it proven is over-cautious.
 */
function returnedOf({
  record: { world, recoveries },
}: RunResult): Pick<RunReport, 'returned' | 'returnedRefused'> {
  const { budget } = world.scenario;
  const isWhole = world.wiped.size === 0 && budget.rottenDescriptors + budget.rottenEntries === 0;
  const last = recoveries.find((one) => one.operator.startsWith('last'));
  const risked = recoveries.some((one) =>
    one.plan?.logs.some((log) => log.verdict !== 'proven' && log.decision === 'install'),
  );
  if (!isWhole || risked || last?.plan === undefined) return { returned: 0, returnedRefused: 0 };
  const refused = last.plan.logs.filter((log) => log.verdict !== 'proven');
  return { returned: last.plan.logs.length, returnedRefused: refused.length };
}
