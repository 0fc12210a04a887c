import type { DrillResult, DrillTrend } from '../../codec/results/drill.ts';
import { spreadOf } from '../summary.ts';
import type { CheckedRecord } from './read.ts';

/** What the records say, scenario by scenario, oldest first. A record that was changed says nothing. Pure. */
export function trendOf(records: readonly CheckedRecord[]): DrillTrend {
  const sound = records.flatMap(({ record, problems, result }) =>
    problems.length === 0 && result !== undefined ? [{ record, result }] : [],
  );
  const names = [...new Set(sound.map(({ result }) => result.scenario))].sort();
  const scenarios = names.map((name) => historyOf(name, sound));
  const rejected = records
    .filter(({ problems }) => problems.length > 0)
    .map(({ record, problems }) => ({ record, problems: [...problems] }));
  const ok = rejected.length === 0 && scenarios.every(({ runs, held }) => runs === held);
  return { ok, scenarios, rejected };
}

function historyOf(
  scenario: string,
  sound: readonly { readonly record: string; readonly result: DrillResult }[],
): DrillTrend['scenarios'][number] {
  const runs = sound.filter(({ result }) => result.scenario === scenario);
  return {
    scenario,
    runs: runs.length,
    held: runs.filter(({ result }) => result.ok).length,
    rtoMs: spreadOf(runs.map(({ result }) => result.rtoMs)),
    lostEntries: spreadOf(runs.map(({ result }) => result.lostEntries)),
    history: runs.map(({ record, result }) => ({
      record,
      startedAt: result.startedAt,
      seed: result.seed,
      software: result.software,
      verdict: result.verdict,
      rtoMs: result.rtoMs,
      lostEntries: result.lostEntries,
      ok: result.ok,
    })),
  };
}
