import type { Entry } from '../core/entry.ts';
import { isPortError } from '../core/errors.ts';
import type { LogletId, Position, ServerId } from '../core/ids.ts';
import type { Clock } from '../ports/Clock.ts';
import type { Answer, LogServer, Refusal } from '../ports/LogServer.ts';

/** What a feed asks of its sequencer. */
export interface FeedSource {
  readonly logletId: LogletId;
  /** The next position that will be assigned. */
  end(): Position;
  acknowledged(): Position;
  /** Consecutive entries from a position on; empty when they are to be had nowhere at the moment. */
  entriesFrom(position: Position): Promise<readonly Entry[]>;
  /** The store holds everything below this position. */
  held(server: ServerId, below: Position): void;
  /** The loglet is over: sealed, or something that must never happen. */
  fatal(refusal: Refusal, server: ServerId): void;
}

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;
/** How long a store waits for `knownCommitted` when no entry carries it there. */
const IDLE_FLUSH_MS = 3;
/** Why that wait ends early; made once, because a reason of its own would cost a stack trace for every flush. */
const WOKEN = new Error('there is something to send');

/**
 * Sends a loglet's entries to one store, in order, one batch in flight; what accumulates meanwhile is the next batch.
 * A store that does not answer is tried again until the sequencer stops: sending twice is harmless.
 */
export class StoreFeed {
  readonly serverId: ServerId;
  readonly #source: FeedSource;
  readonly #connect: () => LogServer | undefined;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #cursor: Position;
  #told: Position;
  #pauseMs = 0;
  #wake: () => void = () => {};

  constructor(options: {
    readonly serverId: ServerId;
    readonly source: FeedSource;
    readonly start: Position;
    readonly connect: () => LogServer | undefined;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  }) {
    this.serverId = options.serverId;
    this.#source = options.source;
    this.#connect = options.connect;
    this.#clock = options.clock;
    this.#signal = options.signal;
    this.#cursor = options.start;
    this.#told = options.start;
  }

  /** The store holds everything below it, as far as it said. */
  get cursor(): Position {
    return this.#cursor;
  }

  /** There may be something to send. */
  wake(): void {
    this.#wake();
  }

  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      if (this.#cursor < this.#source.end()) await this.#send();
      else if (this.#told < this.#source.acknowledged()) await this.#flushWhenIdle();
      else await this.#woken();
    }
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#signal.aborted) resolve();
    });
  }

  /** An entry that follows closely carries `knownCommitted` for nothing; an empty batch costs the store a commit. */
  async #flushWhenIdle(): Promise<void> {
    const waiting = new AbortController();
    await Promise.race([
      this.#woken(),
      this.#clock.sleep(IDLE_FLUSH_MS, waiting.signal).catch(() => undefined),
    ]);
    waiting.abort(WOKEN);
    if (!this.#signal.aborted && this.#cursor === this.#source.end()) await this.#send();
  }

  async #send(): Promise<void> {
    const knownCommitted = this.#source.acknowledged();
    const wanted = this.#cursor < this.#source.end();
    const entries = wanted ? await this.#source.entriesFrom(this.#cursor).catch(() => []) : [];
    const server = this.#connect();
    if (server === undefined || (wanted && entries.length === 0)) return this.#pause();
    try {
      const { logletId } = this.#source;
      const answer = await server.store({ logletId, entries, knownCommitted });
      if (!this.#signal.aborted) await this.#take(answer, entries, knownCommitted);
    } catch (error) {
      if (!isPortError(error)) throw error;
      await this.#pause();
    }
  }

  async #take(
    answer: Answer<{ readonly localTail: Position }>,
    entries: readonly Entry[],
    knownCommitted: Position,
  ): Promise<void> {
    if (!answer.ok) return this.#refused(answer.refusal);
    this.#pauseMs = 0;
    this.#told = knownCommitted;
    // What was sent, not what the store says it has: only this sequencer's own entries count.
    this.#cursor += BigInt(entries.length);
    if (entries.length > 0) this.#source.held(this.serverId, this.#cursor);
  }

  async #refused(refusal: Refusal): Promise<void> {
    if (refusal.code === 'sealed' || refusal.code === 'conflict')
      return this.#source.fatal(refusal, this.serverId);
    if (refusal.code === 'gap' && refusal.localTail < this.#cursor) this.#cursor = refusal.localTail;
    // What it trimmed it held; the positions below count no more, but the ones above can be sent.
    else if (refusal.code === 'trimmed' && refusal.firstHeld > this.#cursor) this.#cursor = refusal.firstHeld;
    await this.#pause();
  }

  async #pause(): Promise<void> {
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    await this.#clock.sleep(this.#pauseMs, this.#signal).catch(() => undefined);
  }
}
