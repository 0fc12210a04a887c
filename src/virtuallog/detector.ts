import { lastSegment, type Segment } from '../core/chain.ts';
import { DrError, isPortError } from '../core/errors.ts';
import type { LogletId, ServerId } from '../core/ids.ts';
import { containsCommitQuorum, quorumSystem } from '../core/quorum.ts';
import type { LogContext } from './context.ts';
import { showsActive } from './finality.ts';
import { logletOf } from './loglets/loglets.ts';
import { complete, reconfigure } from './reconfigure/reconfigure.ts';

export type Health =
  | { readonly health: 'ok' }
  /** The loglet takes no appends for lack of something that any client can finish. */
  | { readonly health: 'incomplete'; readonly logletId: LogletId }
  /** It takes no appends and never will again, or not while these are gone. */
  | {
      readonly health: 'broken';
      readonly logletId: LogletId;
      readonly why: string;
      readonly gone: readonly ServerId[];
      /** Nothing can bring it back: there is no point in waiting. */
      readonly forGood: boolean;
    };

export interface DetectorOptions {
  readonly intervalMs: number;
  /** A server must be gone for this long before the log is moved away from it. */
  readonly thresholdMs: number;
}

/**
 * Watches a log's last loglet and asks for a reconfiguration when its sequencer, or a server that it needs, is gone.
 * A wrong suspicion costs a reconfiguration and nothing else: safety never rests on it.
 */
export class FailureDetector {
  readonly #ctx: LogContext;
  readonly #options: DetectorOptions;
  #suspected: { readonly logletId: LogletId; readonly since: number } | undefined;

  constructor(ctx: LogContext, options: DetectorOptions) {
    this.#ctx = ctx;
    this.#options = options;
  }

  /** Until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#tick(signal);
      await this.#sleep(this.#options.intervalMs, signal);
    }
  }

  /** One look, and what is due is done. Answers with what was seen. */
  async check(signal?: AbortSignal): Promise<Health> {
    const health = await examine(this.#ctx);
    if (health.health === 'ok') this.#suspected = undefined;
    else if (health.health === 'incomplete') await complete(this.#ctx);
    else await this.#suspect(health, signal);
    return health;
  }

  async #tick(signal: AbortSignal): Promise<void> {
    try {
      await this.check(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof DrError) && !isPortError(error)) throw error;
      this.#ctx.reporter.warn(`Log ${this.#ctx.logId} could not be brought back: ${error.message}`);
    }
  }

  async #suspect(health: Extract<Health, { health: 'broken' }>, signal?: AbortSignal): Promise<void> {
    const { clock, random } = this.#ctx;
    if (this.#suspected?.logletId !== health.logletId)
      this.#suspected = { logletId: health.logletId, since: clock.now() };
    const isDue = clock.now() - this.#suspected.since >= this.#options.thresholdMs;
    if (!isDue && !health.forGood) return;
    // Every client sees the same failure at once: the first to go is followed, not raced.
    await clock.sleep(random.below(Math.max(1, this.#options.intervalMs)), signal);
    this.#ctx.reporter.note(`Log ${this.#ctx.logId} is reconfigured: ${health.why}.`);
    await reconfigure(this.#ctx, { suspect: health.logletId });
    this.#suspected = undefined;
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#ctx.clock.sleep(ms, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** What keeps a log from taking appends, as its servers show it now. */
export async function examine(ctx: LogContext): Promise<Health> {
  const segment = lastSegment(await ctx.view.refreshed());
  const loglet = logletOf(segment, ctx.logServers);
  const [survey, sequencer] = await Promise.all([loglet.states(), sequencerState(ctx, segment)]);
  const { logletId } = segment;
  const broken = (why: string, gone: readonly ServerId[], forGood: boolean): Health => {
    return { health: 'broken', logletId, why, gone, forGood };
  };
  if (survey.copies.some((copy) => copy.state.sealed))
    return broken('its last loglet is sealed and has no successor', [], false);
  const { serverId } = segment.sequencer ?? {};
  if (sequencer === 'gone' || serverId === undefined)
    return broken(`the sequencer on ${serverId ?? 'a lost server'} ended`, [], true);
  if (sequencer === 'silent') return broken(`${serverId} does not answer`, [serverId], false);
  const answered = new Set(survey.copies.map((copy) => copy.serverId));
  const gone = segment.nodeset.map((member) => member.serverId).filter((id) => !answered.has(id));
  if (!containsCommitQuorum(quorumSystem(segment.durability, segment.nodeset), answered))
    return broken(`no commit quorum answers without ${gone.join(', ')}`, gone, false);
  const isWhole = survey.copies.every((copy) => copy.state.activatedAt !== undefined);
  return isWhole && showsActive(segment, survey.copies)
    ? { health: 'ok' }
    : { health: 'incomplete', logletId };
}

async function sequencerState(ctx: LogContext, segment: Segment): Promise<'there' | 'gone' | 'silent'> {
  try {
    const answer = await logletOf(segment, ctx.logServers).acknowledgedTail();
    return !answer.ok && answer.refusal.code === 'sequencerGone' ? 'gone' : 'there';
  } catch (error) {
    if (!isPortError(error)) throw error;
    return 'silent';
  }
}
