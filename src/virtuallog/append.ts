import { lastSegment, type Segment } from '../core/chain.ts';
import { DrError, isPortError } from '../core/errors.ts';
import type { LogletId, Position } from '../core/ids.ts';
import type { AppendOutcome, Refusal } from '../ports/LogServer.ts';
import { pause } from './backoff.ts';
import type { LogContext } from './context.ts';
import { isKnownActive } from './finality.ts';
import { logletOf } from './loglets/loglets.ts';
import { complete, reconfigure } from './reconfigure/reconfigure.ts';
import { awaitFinalEnd, isLast, isPassing } from './settle.ts';

/** What became of one payload. */
export type Placed =
  | { readonly placed: 'acknowledged'; readonly position: Position }
  /** `position` where the sequencer gave one. */
  | { readonly placed: 'unknown'; readonly position?: Position; readonly logletId: LogletId }
  /** Certainly not in the log. */
  | { readonly placed: 'no'; readonly error: DrError };

export interface AppendOptions {
  /** Payloads that turn out to be certainly not in the log, after an unknown outcome, are appended again. */
  readonly retryUnknown: boolean;
  /** Whether this client may end a loglet whose sequencer is gone; otherwise it waits for one that does. */
  readonly mayReconfigure: boolean;
}

type Tried =
  | { readonly tried: 'acknowledged'; readonly from: Position }
  | { readonly tried: 'unknown'; readonly from?: Position; readonly reason: string }
  /** Certainly not stored. Without a refusal the server did not answer. */
  | { readonly tried: 'refused'; readonly refusal?: Refusal; readonly cause?: Error };

/**
 * Appends a batch in order and follows the log through reconfigurations until each payload's place is known, or the
 * time is up. "Not stored" and "not known" are told apart to the end: only the first is ever tried again.
 */
export async function appendBatch(
  ctx: LogContext,
  payloads: readonly Uint8Array[],
  options: AppendOptions,
): Promise<Placed[]> {
  await ctx.view.usable();
  const deadline = ctx.clock.now() + ctx.patience.appendTimeoutMs;
  const placed: Placed[] = [];
  for (;;) {
    const rest = payloads.slice(placed.length);
    if (rest.length === 0) return placed;
    const { segment, tried } = await untilTaken(ctx, rest, { ...options, deadline });
    if (tried.tried === 'acknowledged') return [...placed, ...acknowledged(tried.from, rest.length)];
    if (tried.tried === 'refused') return [...placed, ...none(ctx, tried, rest.length)];
    placed.push(...(await settle(ctx, segment, tried, { ...options, deadline, count: rest.length })));
    const missing = payloads.length - placed.length;
    if (!options.retryUnknown || ctx.clock.now() >= deadline)
      return [...placed, ...none(ctx, tried, missing)];
  }
}

/** Sends until somebody takes it or the time is up. Only what was certainly not stored is sent again. */
async function untilTaken(
  ctx: LogContext,
  payloads: readonly Uint8Array[],
  options: AppendOptions & { readonly deadline: number },
): Promise<{ segment: Segment; tried: Tried }> {
  const suspicion: Suspicion = { since: new Map() };
  for (let tries = 0; ; tries += 1) {
    const segment = await activeSegment(ctx, options);
    const tried = await tryOnce(ctx, segment, payloads);
    if (tried.tried !== 'refused' || ctx.clock.now() >= options.deadline) return { segment, tried };
    const cause = await makeWay(ctx, segment, tried.refusal, { ...options, tries, suspicion });
    if (cause !== undefined) return { segment, tried: { ...tried, cause } };
  }
}

/**
 * The segment that takes appends. Entries sent to one that was installed and never quite activated would wait in
 * its sequencer until their outcome is unknown; looked at once for each loglet.
 */
async function activeSegment(ctx: LogContext, { mayReconfigure }: AppendOptions): Promise<Segment> {
  const segment = lastSegment(await ctx.view.usable());
  if (!mayReconfigure || (await isKnownActive(ctx, segment))) return segment;
  try {
    return lastSegment(await complete(ctx));
  } catch (error) {
    // Whoever is missing may be missing to this client only: the sequencer knows better.
    if (error instanceof DrError) return segment;
    throw error;
  }
}

async function tryOnce(ctx: LogContext, segment: Segment, payloads: readonly Uint8Array[]): Promise<Tried> {
  try {
    return triedOf(await logletOf(segment, ctx.logServers).append(payloads));
  } catch (error) {
    if (!isPortError(error)) throw error;
    if (error.failure === 'unavailable' || error.failure === 'denied')
      return { tried: 'refused', cause: error };
    // A broken answer is no answer: the request was taken by somebody.
    return { tried: 'unknown', reason: error.message };
  }
}

function triedOf(outcome: AppendOutcome): Tried {
  switch (outcome.outcome) {
    case 'acknowledged':
      return { tried: 'acknowledged', from: outcome.from };
    case 'rejected':
      return { tried: 'refused', refusal: outcome.refusal };
    case 'unknown':
      return { tried: 'unknown', from: outcome.from, reason: outcome.reason };
  }
}

interface Suspicion {
  /** Since when a loglet's sequencer has not answered this append. */
  readonly since: Map<LogletId, number>;
}

/** Why the last loglet takes nothing, and what can be done about it. Answers with what stops this client for good. */
async function makeWay(
  ctx: LogContext,
  { logletId }: Segment,
  refusal: Refusal | undefined,
  options: AppendOptions & { readonly tries: number; readonly suspicion: Suspicion },
): Promise<DrError | undefined> {
  try {
    if (refusal?.code === 'full' || !(await isInTheWay(ctx, logletId, refusal, options)))
      await pause(ctx, options.tries);
    else if (refusal?.code === 'notActivated') await complete(ctx);
    else await reconfigure(ctx, { suspect: logletId });
    return undefined;
  } catch (error) {
    if (!(error instanceof DrError)) throw error;
    if (!isPassing(error)) return error;
    await pause(ctx, options.tries);
    return undefined;
  }
}

/** Whether it is time for this client to act. */
async function isInTheWay(
  ctx: LogContext,
  logletId: LogletId,
  refusal: Refusal | undefined,
  options: AppendOptions & { readonly tries: number; readonly suspicion: Suspicion },
): Promise<boolean> {
  if (!isLast(await ctx.view.refreshed(), logletId)) return false;
  const since = options.suspicion.since.get(logletId) ?? ctx.clock.now();
  options.suspicion.since.set(logletId, since);
  if (!options.mayReconfigure || options.tries === 0) return false;
  // A refusal says what is the matter; silence may be a slow network.
  return refusal !== undefined || ctx.clock.now() - since >= ctx.patience.suspectMs;
}

/**
 * What an unknown outcome came to, once the loglet's end is final: below it the payloads are in the log, whoever
 * was told or not; from it on they certainly are not, and are left out of the answer.
 */
async function settle(
  ctx: LogContext,
  { logletId }: Segment,
  tried: Extract<Tried, { tried: 'unknown' }>,
  options: AppendOptions & { readonly deadline: number; readonly count: number },
): Promise<Placed[]> {
  const { from } = tried;
  if (from === undefined)
    return Array.from({ length: options.count }, () => ({ placed: 'unknown', logletId }) as const);
  const found = await awaitFinalEnd(ctx, logletId, options);
  if (found === 'gone' || found === 'notYet')
    return Array.from({ length: options.count }, (_, place) => {
      return { placed: 'unknown', logletId, position: from + BigInt(place) } as const;
    });
  const inLog = found.end > from ? Number(found.end - from) : 0;
  return acknowledged(from, Math.min(inLog, options.count));
}

function acknowledged(from: Position, count: number): Placed[] {
  return Array.from({ length: count }, (_, place) => ({
    placed: 'acknowledged',
    position: from + BigInt(place),
  }));
}

function none(ctx: LogContext, tried: Exclude<Tried, { tried: 'acknowledged' }>, count: number): Placed[] {
  const cause = tried.tried === 'refused' ? tried.cause : undefined;
  const error = new DrError('E_APPEND_FAILED', {
    message: `${count} entries are certainly not in log ${ctx.logId}: ${whyNot(tried)}. They may be appended again.`,
    ...(cause instanceof DrError && { hint: cause.hint }),
    context: { count },
    cause,
  });
  return Array.from({ length: count }, () => ({ placed: 'no', error }));
}

function whyNot(tried: Exclude<Tried, { tried: 'acknowledged' }>): string {
  if (tried.tried === 'unknown') return `the loglet ended before them (${tried.reason})`;
  if (tried.cause !== undefined) return tried.cause.message;
  return `the sequencer refused (${tried.refusal?.code})`;
}
