import type { DrillTrend } from '../../codec/results/drill.ts';
import { durationText } from '../text/duration.ts';
import type { Block, Report, Section } from './model.ts';
import { list, momentText, section, table, toned, verdict } from './words.ts';

/** The history of the drills, one figure for each scenario. */
export function trendReport(trend: DrillTrend): Report {
  const runs = trend.scenarios.reduce((sum, one) => sum + one.runs, 0);
  const held = trend.scenarios.reduce((sum, one) => sum + one.held, 0);
  return {
    title: 'History of drills',
    verdict: trend.ok
      ? verdict('good', 'HELD', `All ${runs} drills held.`)
      : verdict(
          'bad',
          'ATTENTION',
          `${held} of ${runs} drills held; ${trend.rejected.length} records were changed.`,
        ),
    facts: [['Scenarios', String(trend.scenarios.length)]],
    sections: [
      ...section('Records that are not what was written', [
        list(trend.rejected.map((one) => `${one.record}: ${one.problems.join(' ')}`)),
      ]),
      ...trend.scenarios.flatMap(scenarioSection),
    ],
  };
}

function scenarioSection({ scenario, history }: DrillTrend['scenarios'][number]): Section[] {
  return section(scenario, [
    rtoFigure(history),
    table(
      ['When', 'Held', 'Verdict', 'RTO', 'Lost', 'Seed', 'Version'],
      history.map((run) => [
        momentText(run.startedAt),
        run.ok ? toned('held', 'good') : toned('did not hold', 'bad'),
        run.verdict,
        run.rtoMs === null ? '' : durationText(run.rtoMs),
        run.lostEntries === null ? '' : String(run.lostEntries),
        String(run.seed),
        run.software,
      ]),
    ),
  ]);
}

function rtoFigure(history: DrillTrend['scenarios'][number]['history']): Block | undefined {
  const points = history.flatMap(({ startedAt, rtoMs, ok }) =>
    rtoMs === null
      ? []
      : [{ label: momentText(startedAt), value: rtoMs, tone: ok ? ('good' as const) : ('bad' as const) }],
  );
  if (points.length < 2) return undefined;
  return {
    kind: 'figure',
    caption: 'Recovery time of each drill, oldest first.',
    figure: { kind: 'trend', unit: 'ms', points },
  };
}
