import { toJson } from '../../codec/common.ts';
import type { JournalRecord } from '../../codec/journal.ts';
import { decodeJson } from '../../codec/metastore.ts';
import type { Playbook } from '../../codec/playbook.ts';
import {
  type PlaybookEvent,
  type PlaybookRun,
  playbookEventSchema,
  playbookRunSchema,
} from '../../codec/playbookEvents.ts';
import { type AnyConfig, isForeign } from '../../config/config.ts';
import { DrError } from '../../core/errors.ts';
import { type Context, type PlaybookOptions, Turn } from '../../playbook/context.ts';
import { type Ended, walk } from '../../playbook/engine.ts';
import { Progress } from '../../playbook/progress.ts';
import type { OpenRun } from '../../runs/runStore.ts';
import type { App } from '../app.ts';

/** What a run of a playbook came to. `runId` is absent for a dry run: nothing is written down of it. */
export interface SessionResult extends Ended {
  readonly runId?: string;
}

export interface Session {
  readonly playbook: Playbook;
  readonly options: PlaybookOptions;
  readonly context: Pick<Context, 'hands' | 'playbooks'>;
}

/** Runs a playbook from its beginning, under a journal of its own. */
export async function beginPlaybook(app: App, session: Session): Promise<SessionResult> {
  const { playbook, options } = session;
  if (options.dryRun) return walkWithout(session);
  const config = await app.anyConfig();
  const kept: PlaybookRun = { schemaVersion: 1, playbook, options: { twoPerson: options.twoPerson } };
  const cluster = clusterOf(config);
  const run = await app
    .playbookRuns(config)
    .open({ command: `playbook run ${playbook.id}`, cluster }, toJson(kept, 2));
  return journaled(app, session, { run, records: [] });
}

function clusterOf(config: AnyConfig): { readonly id: string; readonly name: string } {
  if (!isForeign(config)) return config.cluster;
  const { name, fingerprint } = config.cluster;
  return { id: fingerprint?.toString() ?? 'unknown', name };
}

/** Goes on where the journal of an earlier run ends. */
export async function resumePlaybook(
  app: App,
  runId: string,
  session: Omit<Session, 'playbook' | 'options'> & {
    readonly options: Omit<PlaybookOptions, 'twoPerson' | 'dryRun'>;
  },
): Promise<SessionResult & { readonly playbook: Playbook }> {
  const store = app.playbookRuns(await app.anyConfig());
  const { planJson, records } = await store.show(runId);
  const { playbook, options } = keptRun(runId, planJson);
  const run = await store.resume(runId);
  const whole = { ...session, playbook, options: { ...session.options, ...options, dryRun: false } };
  return { playbook, ...(await journaled(app, whole, { run, records })) };
}

/** The playbook and the options that a run was begun with. Throws `E_BAD_JOURNAL`. */
export function keptRun(runId: string, planJson: string): PlaybookRun {
  const kept = decodeJson(playbookRunSchema, planJson);
  if (kept.ok) return kept.value;
  throw new DrError('E_BAD_JOURNAL', {
    message: `What run ${runId} was begun with cannot be read: ${kept.problem} What it applied stays applied; nothing was done now.`,
    context: { runId },
  });
}

/** Everything that happened in a run, oldest first; what was only begun is not in it. */
export function eventsIn(records: readonly JournalRecord[]): PlaybookEvent[] {
  return records.flatMap((record) => {
    if (record.type !== 'done') return [];
    const event = playbookEventSchema.safeParse(record.result);
    return event.success ? [event.data] : [];
  });
}

async function journaled(
  app: App,
  { playbook, options, context }: Session,
  { run, records }: { run: OpenRun; records: readonly JournalRecord[] },
): Promise<SessionResult> {
  const { runId, journal } = run;
  const progress = new Progress(playbook, eventsIn(records));
  // Names are unique in a journal, also over resumes.
  let count = new Set(records.flatMap((record) => (record.type === 'begin' ? [record.step] : []))).size;
  const record: Context['record'] = async (label, make) => {
    count += 1;
    const event = await journal.step(`${count} ${label}`, make, neverTwice);
    progress.add(event);
    return event;
  };
  const finish = once(run);
  const tellOpen = () =>
    app.reporter.warn(`The playbook is open: \`vlog-dr playbook resume ${runId}\` goes on at the same step.`);
  app.defer(async () => {
    if (!finish.isCalled()) tellOpen();
    await finish('interrupted');
  });
  try {
    const ended = await walk({ ...context, playbook, options, progress, record });
    await finish('done');
    return { ...ended, runId };
  } catch (error) {
    // Said as an error of its own, which names the way on.
    if (!(error instanceof Turn)) tellOpen();
    await finish(error instanceof Turn || isInterrupt(error) ? 'interrupted' : 'failed');
    if (!(error instanceof Turn)) throw error;
    throw new DrError('E_INTERRUPTED', {
      message: 'The playbook waits. What was done stays done, nothing else was changed.',
      hint: `\`vlog-dr playbook resume ${runId}\` goes on at the same step.`,
      context: { runId },
    });
  }
}

function neverTwice(): never {
  throw new Error('a step of a playbook has a name that was used before');
}

/** Ends the run as the first one says, whoever comes first: the end of the walk, its failure, or an interrupt. */
function once(run: OpenRun) {
  let finished: Promise<void> | undefined;
  const finish = (outcome: Parameters<OpenRun['finish']>[0]): Promise<void> => {
    finished ??= run.finish(outcome);
    return finished;
  };
  return Object.assign(finish, { isCalled: () => finished !== undefined });
}

function isInterrupt(error: unknown): boolean {
  return error instanceof DrError && error.code === 'E_INTERRUPTED';
}

async function walkWithout({ playbook, options, context }: Session): Promise<SessionResult> {
  const progress = new Progress(playbook);
  const record: Context['record'] = async (_, make) => {
    const event = await make();
    progress.add(event);
    return event;
  };
  return await walk({ ...context, playbook, options, progress, record });
}
