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
    judged: 0,
    overCautious: 0,
    undecided: 0,
  };
}
