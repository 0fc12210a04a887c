import type { JournalRecord } from '../../codec/journal.ts';
import type { Playbook } from '../../codec/playbook.ts';
import type { AssessedLog, Assessment } from '../../codec/results/assess.ts';
import type { DrillResult } from '../../codec/results/drill.ts';
import { durationText } from '../text/duration.ts';
import { intervals } from '../text/plans/words.ts';
import { chainFigure, chainRow, lossRow } from './chains.ts';
import type { Block, Report, Section } from './model.ts';
import { type AppliedRun, playbookSections, toldIn } from './playbook.ts';
import { evidenceOf } from './run/evidence.ts';
import { list, momentText, section, table, toned, verdict } from './words.ts';

export interface DrillStory {
  readonly result: DrillResult;
  /** Absent when the drill broke off. */
  readonly story?: {
    /** Of our own clusters: where the chain lay. */
    readonly looks?: { readonly seen: Assessment; readonly after: Assessment };
    readonly operator: { readonly playbook: Playbook };
    readonly recovered: {
      readonly records: readonly JournalRecord[];
      readonly applied: readonly AppliedRun[];
    };
  };
}

/** One drill: how long it took, what was lost, whether the tool told the truth. */
export function drillReport({ result, story }: DrillStory): Report {
  const records = story?.recovered.records ?? [];
  return {
    title: `Drill: ${result.title}`,
    verdict: verdictOf(result),
    facts: [
      ['Scenario', result.scenario],
      ['Run', momentText(result.startedAt)],
      ['Playbook', result.playbook],
      ['Seed', String(result.seed)],
      ['MetaStore', result.metaStore],
      ['Version', result.software],
    ],
    sections: [
      ...section('The numbers', [numbers(result), phases(result), list(result.problems)]),
      ...(story?.looks === undefined ? [] : chains(result, story.looks.seen, story.looks.after)),
      ...section('The story', [storyTable(result)]),
      ...(story === undefined
        ? []
        : playbookSections(story.operator.playbook, toldIn(records), records[0]?.at ?? result.startedAt)),
      ...(story?.recovered.applied ?? []).flatMap((run) => evidenceOf(run.plan, run.records)),
      ...section('To repeat it', [
        {
          kind: 'code',
          text: `vlog-dr drill run ${result.scenario} --seed ${result.seed} --metastore ${result.metaStore}`,
        },
      ]),
    ],
  };
}

function verdictOf({ ok, problems, lostEntries, statedLoss, steps }: DrillResult): Report['verdict'] {
  if (!ok) return verdict('bad', 'DID NOT HOLD', problems[0] ?? `It stopped at "${steps.at(-1)?.step}".`);
  if (lostEntries === 0)
    return verdict('good', 'HELD', 'Nothing acknowledged was lost, and the verdict was right.');
  return verdict(
    'good',
    'HELD',
    `${lostEntries} acknowledged entries were lost, within what was stated and accepted beforehand: ${intervals(statedLoss)}.`,
  );
}

function numbers(result: DrillResult): Block | undefined {
  const { rtoMs, outageMs, rpoEntries, rpoSeconds, ackedEntries, unknownEntries, verdict: said } = result;
  const time = (ms: number | null) => (ms === null ? 'not reached' : durationText(ms));
  return table(
    ['What', 'Measured', 'Meaning'],
    [
      ['RTO', time(rtoMs), 'from the disaster to the first append acknowledged after the recovery'],
      [
        'Outage',
        time(outageMs),
        'longest time in which a client that wrote all along got no acknowledgement',
      ],
      [
        'RPO',
        rpoEntries === null ? 'not known' : `${rpoEntries} of ${ackedEntries} entries, ${rpoSeconds} s`,
        'acknowledged entries that do not read back, and the age of the oldest of them',
      ],
      [
        'Verdict',
        toned(said, said === result.expected ? 'good' : 'bad'),
        `what the recovery said; the truth is ${result.expected}`,
      ],
      [
        'Unknown',
        unknownEntries === null ? 'not known' : `${unknownEntries} entries`,
        'appends whose outcome their client never learnt',
      ],
    ],
  );
}

function phases({
  phases: { detectedMs, plannedMs, recoveredMs, appendedMs, completedMs },
}: DrillResult): Block | undefined {
  const ends = [
    ['Seen by `assess`', detectedMs],
    ['Planned', plannedMs],
    ['Applied', recoveredMs],
    ['First append acknowledged', appendedMs],
    ['Made whole and read back', completedMs],
  ] as const;
  let fromMs = 0;
  const bars = ends.flatMap(([label, toMs]) => {
    if (toMs === null) return [];
    const begun = Math.min(fromMs, toMs);
    fromMs = Math.max(fromMs, toMs);
    return [{ label: label.replaceAll('`', ''), fromMs: begun, toMs, tone: 'good' as const }];
  });
  if (bars.length === 0) return undefined;
  return {
    kind: 'figure',
    caption: 'The recovery by phase, from the disaster on.',
    figure: { kind: 'timeline', bars },
  };
}

function chains(result: DrillResult, seen: Assessment, after: Assessment): Section[] {
  return after.logs.flatMap((log) => {
    const before = seen.logs.find((one) => one.logId === log.logId);
    const { statedLoss } = result;
    return section(`The chain of log ${log.logId}`, [
      chainFigure('With the disaster, and at the end.', [
        ...(before === undefined ? [] : [chainOf('With the disaster', before)]),
        chainOf('At the end', log),
        ...(statedLoss.length === 0
          ? []
          : [
              lossRow('Stated as at risk', {
                unknownOutcomeResolved: [],
                possiblyLost: statedLoss,
                lost: [],
              }),
            ]),
        ...(result.lost.length === 0
          ? []
          : [lossRow('Lost in fact', { unknownOutcomeResolved: [], possiblyLost: [], lost: result.lost })]),
      ]),
    ]);
  });
}

function chainOf(label: string, { segments }: AssessedLog) {
  return chainRow(
    label,
    segments.map((one) => ({ ...one, end: one.end ?? undefined })),
    'no chain',
  );
}

function storyTable({ steps }: DrillResult): Block | undefined {
  return table(
    ['Act', '', 'Took', 'What came of it'],
    steps.map(({ step, ok, elapsedMs, detail }) => [
      step,
      ok ? toned('ok', 'good') : toned('FAILED', 'bad'),
      durationText(elapsedMs),
      detail,
    ]),
  );
}
