import type { DrillResult, DrillRun } from '../codec/results/drill.ts';

type Spread = NonNullable<DrillRun['summary']>['rtoMs'];

/** The middle one and the ends; `null` when nothing was measured. */
export function spreadOf(values: readonly (number | null)[]): Spread {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const [least] = sorted;
  const most = sorted.at(-1);
  if (least === undefined || most === undefined) return null;
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? least) + (sorted[Math.ceil(middle)] ?? most)) / 2;
  return { least, median: Math.round(median), most };
}

/** Of several runs the first that did not hold is shown: it is the one to be looked at. */
export function summarized(runs: readonly DrillResult[], records: readonly string[]): DrillRun {
  const shown = runs.find((run) => !run.ok) ?? runs.at(-1);
  if (shown === undefined) throw new Error('a drill that was run no time');
  const written = records.length === 0 ? {} : { records: [...records] };
  if (runs.length === 1) return { ...shown, ...written };
  return {
    ...shown,
    runs: [...runs],
    summary: {
      runs: runs.length,
      held: runs.filter((run) => run.ok).length,
      rtoMs: spreadOf(runs.map((run) => run.rtoMs)),
      outageMs: spreadOf(runs.map((run) => run.outageMs)),
      lostEntries: spreadOf(runs.map((run) => run.lostEntries)),
    },
    ...written,
  };
}
