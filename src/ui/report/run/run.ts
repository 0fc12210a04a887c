import type { JournalRecord, RunHead, StepReport } from '../../../codec/journal.ts';
import type { AnyPlan } from '../../../codec/plans/planFile.ts';
import { durationText } from '../../text/duration.ts';
import type { Block, Report } from '../model.ts';
import { list, momentText, section, table, toned, verdict } from '../words.ts';
import { decisionsOf } from './decisions.ts';
import { evidenceOf } from './evidence.ts';

export interface RunStory {
  readonly run: {
    readonly runId: string;
    readonly command: string;
    readonly startedAt: number;
    readonly state: 'running' | 'done' | 'failed' | 'interrupted' | 'killed' | 'unreadable';
  };
  readonly head: RunHead;
  readonly steps: readonly StepReport[];
  readonly records: readonly JournalRecord[];
  readonly plan: AnyPlan;
  /** The plan as the operator saw it. */
  readonly reviewed: string;
}

/** What was applied to a cluster, on what evidence, and what became of it: for those who ask afterwards. */
export function runReport(story: RunStory): Report {
  const { run, head, plan, steps } = story;
  const endedAt = steps.at(-1)?.finishedAt;
  return {
    title: `${run.command} of ${head.cluster.name}`,
    verdict: verdictOf(story),
    facts: [
      ['Cluster', `${head.cluster.name} (${head.cluster.id})`],
      ['Started', momentText(head.at)],
      ['Took', endedAt === undefined ? 'not known' : durationText(endedAt - head.at)],
      ['Run', run.runId],
      ['Plan', plan.planId.slice(0, 12)],
      ...(head.by === undefined ? [] : [['By', head.by] as const]),
    ],
    sections: [
      ...section('What to do next', [list(nextSteps(story), true)]),
      ...evidenceOf(plan, story.records),
      ...section('What was decided', decisionsOf(plan, head)),
      ...section('What was done', doneBlocks(story)),
      ...section('What it rests on', [list(plan.assumptions)]),
      ...section('The plan as it was reviewed', [{ kind: 'code', text: story.reviewed }]),
    ],
  };
}

function verdictOf({ run, steps, plan }: RunStory): Report['verdict'] {
  const failed = steps.find((step) => step.outcome === 'failed');
  switch (run.state) {
    case 'done':
      return doneVerdict(plan);
    case 'running':
      return verdict('warn', 'RUNNING', `It has done ${countDone(steps)} steps so far.`);
    case 'failed':
      return verdict(
        'bad',
        'FAILED',
        `It stopped at \`${failed?.step ?? 'the start'}\`. ${failed?.message ?? ''}`.trim(),
      );
    case 'interrupted':
    case 'killed':
      return verdict(
        'bad',
        run.state.toUpperCase(),
        `It stopped after ${countDone(steps)} steps and can be resumed.`,
      );
    case 'unreadable':
      return verdict('bad', 'UNREADABLE', 'Its journal cannot be trusted.');
  }
}

function doneVerdict(plan: AnyPlan): Report['verdict'] {
  const rebuild =
    plan.kind === 'force-new-cluster' ? plan.rebuild : plan.kind === 'rebuild-metastore' ? plan : undefined;
  if (rebuild === undefined) return verdict('good', 'DONE', 'Every step was done.');
  const logs = rebuild.logs.filter((log) => log.decision === 'install');
  const unproven = logs.filter((log) => log.verdict !== 'proven').length;
  const lossy = logs.filter(({ loss }) => loss.lost.length + loss.possiblyLost.length > 0).length;
  if (unproven + lossy === 0)
    return verdict('good', 'DONE', `${countOf(logs.length, 'log')} restored, proven, with nothing lost.`);
  const parts = [
    ...(unproven > 0 ? [`${countOf(unproven, 'log')} unproven`] : []),
    ...(lossy > 0 ? [`${countOf(lossy, 'log')} with loss`] : []),
  ];
  return verdict('warn', 'DONE', `${countOf(logs.length, 'log')} restored; ${parts.join(', ')}.`);
}

function countOf(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

function countDone(steps: readonly StepReport[]): number {
  return steps.filter((step) => step.outcome === 'done').length;
}

function nextSteps({ run, plan }: RunStory): string[] {
  switch (run.state) {
    case 'running':
      return [`Wait for it: \`vlog-dr runs show ${run.runId}\`.`];
    case 'failed':
    case 'interrupted':
    case 'killed':
      return [
        `\`vlog-dr runs resume ${run.runId}\` goes on where it stopped; steps that were done are not done again.`,
        '`vlog-dr assess` shows how the cluster stands meanwhile.',
      ];
    case 'unreadable':
      return ['`vlog-dr assess`: what was applied stays applied; look at it before anything else.'];
    case 'done':
      return afterwards(plan);
  }
}

function afterwards(plan: AnyPlan): string[] {
  const verify = '`vlog-dr verify` reads everything back.';
  switch (plan.kind) {
    case 'rebuild-metastore':
    case 'force-new-cluster': {
      const { servers } = plan.kind === 'force-new-cluster' ? plan.rebuild : plan;
      const silent = servers.filter((server) => server.state === 'silent').map((server) => server.id);
      return silent.length === 0
        ? [verify]
        : [
            verify,
            `\`vlog-dr fence\` when ${silent.join(', ')} answer again: they stand under the old generation.`,
          ];
    }
    case 'seal':
      return [`\`vlog-dr reconfigure ${plan.logId}\`: the log takes no appends until it has a new loglet.`];
    case 'retire':
      return ['The server can be switched off.', verify];
    case 'rebuild-registers':
    case 'end-log':
    case 'reconfigure':
    case 'fence':
    case 'admit':
    case 'repair':
    case 'restore':
      return ['`vlog-dr assess`', verify];
  }
}

function doneBlocks({ steps, head }: RunStory): (Block | undefined)[] {
  const says = (step: StepReport) =>
    step.message ?? (step.skipped === true ? 'done by an earlier start of this run' : '');
  return [
    timeline(steps, head.at),
    table(
      ['Step', 'Outcome', 'Began', ''],
      steps.map((step) => [
        step.step,
        step.outcome === 'done' ? toned('done', 'good') : toned(step.outcome, 'bad'),
        momentText(step.startedAt),
        says(step),
      ]),
    ),
  ];
}

/** An interrupted run is resumed hours later: then times tell more than bars. */
function timeline(steps: readonly StepReport[], startedAt: number): Block | undefined {
  if (steps.length === 0) return undefined;
  return {
    kind: 'figure',
    caption: 'When each step was done.',
    figure: {
      kind: 'timeline',
      bars: steps.map((step) => ({
        label: step.step,
        fromMs: step.startedAt - startedAt,
        ...(step.finishedAt !== undefined && { toMs: step.finishedAt - startedAt }),
        tone: step.outcome === 'done' ? 'good' : 'bad',
      })),
    },
  };
}
