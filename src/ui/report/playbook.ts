import type { JournalRecord, RunHead } from '../../codec/journal.ts';
import type { AnyPlan } from '../../codec/plans/planFile.ts';
import type { Playbook } from '../../codec/playbook.ts';
import { type PlaybookEvent, playbookEventSchema } from '../../codec/playbookEvents.ts';
import { durationText } from '../text/duration.ts';
import type { Block, Cell, Report, Section, Tone } from './model.ts';
import { evidenceOf } from './run/evidence.ts';
import { list, momentText, section, table, toned, verdict } from './words.ts';

/** A run that a playbook applied something in. */
export interface AppliedRun {
  readonly runId: string;
  readonly plan: AnyPlan;
  readonly records: readonly JournalRecord[];
}

export interface PlaybookStory {
  readonly runId: string;
  readonly playbook: Playbook;
  readonly head: RunHead;
  readonly state: 'running' | 'done' | 'failed' | 'interrupted' | 'killed' | 'unreadable';
  readonly records: readonly JournalRecord[];
  readonly applied: readonly AppliedRun[];
}

/** An event, and when it was written down. */
export interface Told {
  readonly event: PlaybookEvent;
  readonly begunAt: number;
  readonly at: number;
}

/** What was seen, who was asked what, what was done, and what is left: for those who were not there. */
export function playbookReport(story: PlaybookStory): Report {
  const { playbook, head, records, runId, applied } = story;
  const told = toldIn(records);
  const endedAt = records.at(-1)?.at ?? head.at;
  return {
    title: `${playbook.title}: ${head.cluster.name}`,
    verdict: verdictOf(story, told),
    facts: [
      ['Cluster', `${head.cluster.name} (${head.cluster.id})`],
      ['Started', momentText(head.at)],
      ['Took', durationText(endedAt - head.at)],
      ['Playbook', playbook.id],
      ['Run', runId],
      ...(head.by === undefined ? [] : [['By', head.by] as const]),
    ],
    sections: [
      ...section('What had happened', [
        { kind: 'text', text: playbook.symptom },
        { kind: 'text', text: playbook.now },
      ]),
      ...section('What to do next', [list(nextSteps(story), true)]),
      ...playbookSections(playbook, told, head.at),
      ...applied.flatMap(({ plan, records: own }) => evidenceOf(plan, own)),
      ...section('What was not to be done', [
        list(playbook.doNot.map(({ command, because }) => `\`${command}\`: ${because}`)),
      ]),
      ...section('What each command printed', printed(told)),
    ],
  };
}

/** Decisions, steps, and their times: also part of the report of a drill. */
export function playbookSections(playbook: Playbook, told: readonly Told[], startedAt: number): Section[] {
  return [
    ...section('Who was asked what', [asked(playbook, told)]),
    ...section('What was done', [timeline(playbook, told, startedAt), steps(playbook, told)]),
  ];
}

/** Everything that was written down, oldest first, less what a step back took away. */
export function toldIn(records: readonly JournalRecord[]): Told[] {
  const begun = new Map<string, number>();
  const told: Told[] = [];
  for (const record of records) {
    if (record.type === 'begin') begun.set(record.step, record.at);
    if (record.type !== 'done') continue;
    const event = playbookEventSchema.safeParse(record.result);
    if (event.success)
      told.push({ event: event.data, begunAt: begun.get(record.step) ?? record.at, at: record.at });
  }
  return told;
}

const OPEN: Readonly<Record<PlaybookStory['state'], readonly [Tone, string, string]>> = {
  done: ['good', 'DONE', 'Every step of it was done.'],
  running: ['warn', 'RUNNING', 'It is under way.'],
  failed: ['bad', 'FAILED', 'A step failed; it can be resumed there.'],
  interrupted: ['warn', 'OPEN', 'It was left and can be resumed where it stood.'],
  killed: ['bad', 'KILLED', 'Its process died; it can be resumed where it stood.'],
  unreadable: ['bad', 'UNREADABLE', 'Its journal cannot be trusted.'],
};

function verdictOf({ state, records }: PlaybookStory, told: readonly Told[]): Report['verdict'] {
  const stopped = told.find(({ event }) => event.type === 'stopped')?.event;
  if (state === 'done' && stopped?.type === 'stopped') return verdict('warn', 'STOPPED', stopped.because);
  const failed = records.findLast((record) => record.type === 'failed');
  const [tone, word, sentence] = OPEN[state];
  const why = state === 'failed' && failed?.type === 'failed' ? ` ${failed.message}` : '';
  return verdict(tone, word, `${sentence}${why}`);
}

function nextSteps({ state, runId, playbook }: PlaybookStory): string[] {
  if (state === 'done') return [...(playbook.afterwards ?? []), '`vlog-dr assess`'];
  if (state === 'running') return [`\`vlog-dr playbook report ${runId}\` when it is through.`];
  return [`\`vlog-dr playbook resume ${runId}\``, '`vlog-dr assess` shows how the cluster stands meanwhile.'];
}

const BY: Readonly<Record<Extract<PlaybookEvent, { type: 'answer' }>['by'], string>> = {
  person: 'a person at the prompt',
  answers: 'the answers file',
  flag: 'a flag',
  'only choice': 'nobody: there was one choice only',
};

function asked(playbook: Playbook, told: readonly Told[]): Block | undefined {
  const rows = told.flatMap(({ event, at }): Cell[][] =>
    event.type === 'answer'
      ? [[momentText(at), questionOf(playbook, event), answerText(event.value), BY[event.by]]]
      : event.type === 'back'
        ? [[momentText(at), 'Went back', `to \`${event.to}\`: what was answered after it does not count`, '']]
        : [],
  );
  return (
    table(['When', 'Question', 'Answer', 'By'], rows) ?? { kind: 'text', text: 'Nobody was asked anything.' }
  );
}

function questionOf(playbook: Playbook, answer: Extract<PlaybookEvent, { type: 'answer' }>): string {
  const step = playbook.steps.find((one) => one.id === answer.step);
  if (answer.question !== '') return `\`${answer.question}\` of "${step?.title ?? answer.step}"`;
  return step?.do === 'decide' || step?.do === 'ask' ? step.question : (step?.title ?? answer.step);
}

function answerText(value: string | readonly string[]): string {
  return typeof value === 'string' ? `\`${value}\`` : value.map((one) => `\`${one}\``).join(', ');
}

const OUTCOME: Readonly<Record<string, Tone>> = { done: 'good', 'already so': 'good', 'left out': 'quiet' };

function steps(playbook: Playbook, told: readonly Told[]): Block | undefined {
  return table(
    ['Step', 'Phase', 'Outcome', 'Commands'],
    playbook.steps.map((step) => {
      const own = told.map((one) => one.event);
      const finished = own.find((event) => event.type === 'finished' && event.step === step.id);
      const outcome = finished?.type === 'finished' ? finished.outcome : 'not reached';
      const commands = own.flatMap((event) =>
        event.type === 'ran' && event.step === step.id
          ? [`\`vlog-dr ${event.command.join(' ')}\` (exit ${event.exit})`]
          : [],
      );
      return [step.title, step.phase, toned(outcome, OUTCOME[outcome] ?? 'warn'), commands.join('; ')];
    }),
  );
}

function timeline(playbook: Playbook, told: readonly Told[], startedAt: number): Block | undefined {
  const bars = playbook.steps.flatMap((step) => {
    const own = told.filter(({ event }) => event.type !== 'back' && event.step === step.id);
    const [first] = own;
    const last = own.at(-1);
    if (first === undefined || last === undefined) return [];
    const isLeftOut = last.event.type === 'finished' && last.event.outcome === 'left out';
    const tone: Tone = isLeftOut ? 'quiet' : 'good';
    return [{ label: step.title, fromMs: first.begunAt - startedAt, toMs: last.at - startedAt, tone }];
  });
  if (bars.length === 0) return undefined;
  return {
    kind: 'figure',
    caption: 'When each step was done, from the start of the playbook.',
    figure: { kind: 'timeline', bars },
  };
}

function printed(told: readonly Told[]): (Block | undefined)[] {
  return told.flatMap(({ event }): Block[] =>
    event.type === 'ran'
      ? [
          { kind: 'text', text: `\`vlog-dr ${event.command.join(' ')}\`` },
          ...(event.text === '' ? [] : [{ kind: 'code', text: event.text } as const]),
        ]
      : [],
  );
}
