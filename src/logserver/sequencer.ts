import { crc32c } from '../codec/checksum.ts';
import type { Descriptor } from '../core/descriptor.ts';
import type { Entry } from '../core/entry.ts';
import type { LogletId, Position, ServerId } from '../core/ids.ts';
import { LIMITS } from '../core/limits.ts';
import { containsCommitQuorum, type QuorumSystem, quorumSystem } from '../core/quorum.ts';
import type { Clock } from '../ports/Clock.ts';
import type { AppendOutcome, LogServer, Refusal } from '../ports/LogServer.ts';
import { EntryWindow } from './entryWindow.ts';
import { smallest } from './positions.ts';
import { type FeedSource, StoreFeed } from './storeFeed.ts';

export interface SequencerOptions {
  readonly descriptor: Descriptor;
  readonly self: ServerId;
  readonly connect: (serverId: ServerId) => LogServer | undefined;
  readonly clock: Clock;
  /** How long the oldest append may wait for a commit quorum before its outcome is called unknown. */
  readonly appendTimeoutMs: number;
  /** Appends beyond this many waiting bytes are refused: back-pressure. */
  readonly queueBytes: number;
}

interface Waiter {
  readonly from: Position;
  readonly end: Position;
  readonly resolve: (outcome: AppendOutcome) => void;
}

const STORE_BATCH = { bytes: 1024 * 1024, entries: LIMITS.batchEntries };

/**
 * Assigns a loglet's positions. 1. a position is assigned once, in the order of arrival; 2. entries go to every store
 * of the nodeset in parallel; 3. an append is acknowledged when the stores that hold it contain a commit quorum, in
 * position order; 4. `knownCommitted` follows on the stores. It lives in memory only: a crash ends it, the next process
 * has another incarnation and never goes on where this one was (`protocol.md` §3).
 */
export class Sequencer implements FeedSource {
  readonly logletId: LogletId;
  readonly #options: SequencerOptions;
  readonly #quorums: QuorumSystem;
  readonly #window: EntryWindow;
  readonly #feeds: readonly StoreFeed[];
  readonly #held = new Map<ServerId, Position>();
  readonly #stopping = new AbortController();
  #waiters: Waiter[] = [];
  #acknowledged: Position;
  #watching = false;
  #stopped: Refusal | undefined;
  #settled: () => void = () => {};

  constructor(options: SequencerOptions) {
    const { descriptor, clock } = options;
    const { start } = descriptor;
    this.logletId = descriptor.logletId;
    this.#options = options;
    this.#quorums = quorumSystem(descriptor.durability, descriptor.nodeset);
    this.#window = new EntryWindow(start);
    this.#acknowledged = start;
    this.#feeds = descriptor.nodeset.map(
      ({ serverId }) =>
        new StoreFeed({
          serverId,
          source: this,
          start,
          connect: () => options.connect(serverId),
          clock,
          signal: this.#stopping.signal,
        }),
    );
    for (const feed of this.#feeds) feed.run().catch((error: unknown) => this.#broken(error));
  }

  /** Why it takes no more appends; `undefined` while it does. */
  get stopped(): Refusal | undefined {
    return this.#stopped;
  }

  append(payloads: readonly Uint8Array[]): Promise<AppendOutcome> {
    if (this.#stopped) return Promise.resolve({ outcome: 'rejected', refusal: this.#stopped });
    if (this.#window.sizeBytes > this.#options.queueBytes) this.#release();
    if (this.#window.sizeBytes > this.#options.queueBytes || this.#waiters.length >= LIMITS.batchEntries)
      return Promise.resolve({
        outcome: 'rejected',
        refusal: { code: 'full', detail: `the sequencer of ${this.logletId} has too much waiting` },
      });
    const from = this.#window.end;
    for (const payload of payloads) this.#window.push(payload, crc32c(payload));
    const outcome = new Promise<AppendOutcome>((resolve) => {
      this.#waiters.push({ from, end: this.#window.end, resolve });
    });
    this.#wakeAll();
    if (!this.#watching) this.#watch().catch((error: unknown) => this.#broken(error));
    return outcome;
  }

  /** Everything that has no acknowledgement by now has an unknown outcome: some store may hold it, or will. */
  stop(refusal: Refusal, reason: string): void {
    if (this.#stopped) return;
    this.#stopped = refusal;
    this.#stopping.abort();
    this.#wakeAll();
    for (const { from, resolve } of this.#waiters.splice(0)) resolve({ outcome: 'unknown', from, reason });
    this.#settled();
  }

  /** Takes no more, and resolves when everything taken has its outcome. */
  async drain(refusal: Refusal): Promise<void> {
    if (this.#waiters.length > 0 && !this.#stopped) {
      this.#stopped = refusal;
      await new Promise<void>((resolve) => {
        this.#settled = resolve;
      });
      this.#stopped = undefined;
    }
    this.stop(refusal, 'the server was stopped');
  }

  end(): Position {
    return this.#window.end;
  }

  acknowledged(): Position {
    return this.#acknowledged;
  }

  /** A store that lags far behind is fed from this server's own copy: memory stays bounded. */
  async entriesFrom(position: Position): Promise<readonly Entry[]> {
    if (position >= this.#window.base) return this.#window.slice(position, STORE_BATCH);
    const answer = await this.#options.connect(this.#options.self)?.read({
      logletId: this.logletId,
      from: position,
      to: this.#window.base,
      maxBytes: STORE_BATCH.bytes,
      uncommitted: true,
    });
    return answer?.ok ? answer.value.entries : [];
  }

  held(server: ServerId, below: Position): void {
    if (this.#stopped && this.#stopping.signal.aborted) return;
    this.#held.set(server, below);
    const acknowledged = this.#committedBelow();
    if (acknowledged <= this.#acknowledged) return;
    this.#acknowledged = acknowledged;
    while (this.#waiters[0] !== undefined && this.#waiters[0].end <= acknowledged) {
      const waiter = this.#waiters.shift();
      waiter?.resolve({ outcome: 'acknowledged', from: waiter.from });
    }
    if (this.#waiters.length === 0) this.#settled();
    this.#release();
    this.#wakeAll();
  }

  fatal(refusal: Refusal, server: ServerId): void {
    this.stop(refusal, `${server} answered ${refusal.code}`);
  }

  /** The largest position below which every entry lies on a commit quorum. */
  #committedBelow(): Position {
    const tails = [...new Set(this.#held.values())].sort((a, b) => (a > b ? -1 : 1));
    for (const tail of tails) {
      if (tail <= this.#acknowledged) break;
      const holders = [...this.#held].filter(([, below]) => below >= tail).map(([server]) => server);
      if (containsCommitQuorum(this.#quorums, new Set(holders))) return tail;
    }
    return this.#acknowledged;
  }

  /** Keeps what some store still lacks; beyond the bound only what this server's own copy lacks or is not decided. */
  #release(): void {
    const cursors = this.#feeds.map((feed) => feed.cursor);
    const everywhere = cursors.reduce(smallest, this.#acknowledged);
    this.#window.release(everywhere);
    if (this.#window.sizeBytes <= this.#options.queueBytes / 2) return;
    const own = this.#held.get(this.#options.self) ?? this.#window.base;
    this.#window.release(smallest(own, this.#acknowledged));
  }

  #wakeAll(): void {
    for (const feed of this.#feeds) feed.wake();
  }

  /** Stops when one append stays the oldest for the whole time: no commit quorum answers. */
  async #watch(): Promise<void> {
    this.#watching = true;
    while (this.#waiters[0] !== undefined) {
      const [oldest] = this.#waiters;
      try {
        await this.#options.clock.sleep(this.#options.appendTimeoutMs, this.#stopping.signal);
      } catch {
        break;
      }
      if (this.#waiters[0] === oldest) this.#timedOut();
    }
    this.#watching = false;
  }

  #timedOut(): void {
    const { incarnation } = this.#options.descriptor.sequencer;
    const reason = `no commit quorum within ${this.#options.appendTimeoutMs} ms`;
    this.stop({ code: 'sequencerGone', incarnation }, reason);
  }

  #broken(error: unknown): void {
    const { incarnation } = this.#options.descriptor.sequencer;
    this.stop({ code: 'sequencerGone', incarnation }, `the sequencer failed: ${String(error)}`);
  }
}
