import type { DrillResult } from '../../codec/results/drill.ts';
import type { Interval } from '../../core/evidence.ts';
import type { CounterVerdict } from '../../sandbox/restate/load.ts';
import type { ScenarioOn } from '../scenario.ts';
import type { Verdict } from '../truth.ts';

/** The recovery's words held against the counters. Pure. A counter tells how many calls are gone, and not which. */
export function judgeCounters(story: {
  readonly expect: ScenarioOn<never>['expect'];
  readonly verdict: Verdict;
  readonly ended: string;
  /** Where the plans said that acknowledged records are, or may be, lost: LSNs. */
  readonly stated: readonly Interval[];
  readonly counters: readonly CounterVerdict[];
}): Pick<
  DrillResult,
  | 'verdict'
  | 'expected'
  | 'rpoEntries'
  | 'rpoSeconds'
  | 'ackedEntries'
  | 'lostEntries'
  | 'statedLoss'
  | 'problems'
  | 'ok'
> {
  const { expect, verdict, ended, stated, counters } = story;
  const sum = (of: (one: CounterVerdict) => number) => counters.reduce((all, one) => all + of(one), 0);
  const lost = sum(({ acknowledged, value }) => Math.max(0, acknowledged - value));
  const twice = sum(({ acknowledged, unknown, value }) => Math.max(0, value - acknowledged - unknown));
  const problems = [
    ...(ended === expect.ends ? [] : [`The playbook ended as "${ended}", not as "${expect.ends}".`]),
    ...(verdict === expect.verdict ? [] : [`The verdict was ${verdict}; the truth is ${expect.verdict}.`]),
    ...(lost > 0 && expect.loss === 'none'
      ? [`${lost} acknowledged calls are gone; nothing had to be lost.`]
      : []),
    ...(lost > 0 && stated.length === 0
      ? [`${lost} acknowledged calls are gone, and no plan had spoken of a loss.`]
      : []),
    ...(twice > 0
      ? [`Counters stand ${twice} higher than they were ever asked to: calls were applied twice.`]
      : []),
  ];
  return {
    ...{ verdict, expected: expect.verdict, problems, ok: problems.length === 0 },
    ...{ rpoEntries: lost, lostEntries: lost, rpoSeconds: lost === 0 ? 0 : null },
    ackedEntries: sum(({ acknowledged }) => acknowledged),
    statedLoss: stated.map(({ from, to }) => ({ from, ...(to !== undefined && { to }) })),
  };
}
