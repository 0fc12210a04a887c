import type { Descriptor } from '../core/descriptor.ts';
import type { Entry } from '../core/entry.ts';
import type { Generation } from '../core/generation.ts';
import type { ClusterId, Incarnation, LogId, LogletId, Position, ServerId, StoreId } from '../core/ids.ts';
import type { CloseRecord, LogletState, LogTrim, ServerStatus } from '../core/logletState.ts';

/** Why a server said no. A refusal is an answer: it was certainly not done, and it says what is true instead. */
export type Refusal =
  | { readonly code: 'noGeneration'; readonly storeId: StoreId }
  | { readonly code: 'staleGeneration'; readonly held: Generation }
  | { readonly code: 'retired' }
  | { readonly code: 'alreadyAdmitted'; readonly held: Generation }
  | { readonly code: 'pledgedSince'; readonly pledged: number }
  | { readonly code: 'wrongCluster'; readonly held: ClusterId }
  | { readonly code: 'wrongStore'; readonly held: StoreId }
  | { readonly code: 'notProvisioned'; readonly logletId: LogletId }
  | { readonly code: 'notActivated'; readonly logletId: LogletId }
  | { readonly code: 'descriptorDiffers'; readonly heldDigest: string }
  | { readonly code: 'closeDiffers'; readonly held: CloseRecord }
  | { readonly code: 'sealed'; readonly localTail: Position }
  | { readonly code: 'notSealed'; readonly localTail: Position }
  | { readonly code: 'gap'; readonly localTail: Position }
  | { readonly code: 'conflict'; readonly position: Position }
  | { readonly code: 'notServed'; readonly knownCommitted: Position }
  | { readonly code: 'trimmed'; readonly firstHeld: Position }
  | { readonly code: 'corrupt'; readonly position: Position }
  | { readonly code: 'sequencerGone'; readonly incarnation: Incarnation }
  | { readonly code: 'full'; readonly detail: string };

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

/** One line of an inventory. The first is always `server`, the last always `end`: a cut stream is noticed. */
export type InventoryItem =
  | { readonly item: 'server'; readonly status: ServerStatus }
  | { readonly item: 'log'; readonly trim: LogTrim }
  | { readonly item: 'loglet'; readonly state: LogletState }
  /** A sign of life, while the entries of a loglet are read. */
  | { readonly item: 'checking'; readonly logletId: LogletId; readonly upTo: Position }
  /** A stored record that failed its digest: it exists, and it is not used. */
  | { readonly item: 'damaged'; readonly logletId: LogletId; readonly detail: string }
  | { readonly item: 'end'; readonly loglets: number };

/** What became of one loglet in a `seal` of many. */
export interface SealedLoglet {
  readonly logletId: LogletId;
  readonly answer: Answer<LogletState>;
}

/** What became of an append that reached the sequencer. Positions are consecutive from `from`. */
export type AppendOutcome =
  | { readonly outcome: 'acknowledged'; readonly from: Position }
  /** Certainly not stored anywhere: may be tried again elsewhere. */
  | { readonly outcome: 'rejected'; readonly refusal: Refusal }
  /** Positions were assigned, then the sequencer stopped: settled once the loglet's end is final. */
  | { readonly outcome: 'unknown'; readonly from: Position; readonly reason: string };

/**
 * One LogServer. Every call that changes control state carries the caller's generation: the server answers
 * `staleGeneration` below its own, and adopts a greater one durably before it obeys. All calls are idempotent but
 * `append`. Everything acknowledged is durable. Every call may throw `PortError`; after `outcomeUnknown` the same
 * call may be sent again (but `append`).
 */
export interface LogServer {
  readonly serverId: ServerId;

  /** Answered by every store, also one without a generation. */
  status(): Promise<ServerStatus>;

  /**
   * Takes the generation if it is greater than the one held (or the same). From then on control calls of smaller
   * ones are refused. A store without a generation refuses: only an operator's `admit` brings it in.
   */
  adopt(generation: Generation): Promise<Answer<ServerStatus>>;

  /** Gives a newly formatted store its first generation. `storeId` guards against admitting another disk. */
  admit(generation: Generation, storeId: StoreId): Promise<Answer<ServerStatus>>;

  /**
   * Promises to stay: whoever looked at this store before, in order to retire it, must look again. Not a lock, and never
   * taken back: `pledged` of its status goes up, as it does with each loglet the store is given.
   */
  pledge(generation: Generation): Promise<Answer<ServerStatus>>;

  /**
   * Takes the store out of service for good: afterwards it refuses every generation. `pledged`: as its status said when
   * that was decided; a store on which somebody has come to rely since refuses.
   */
  retire(generation: Generation, storeId: StoreId, pledged?: number): Promise<Answer<ServerStatus>>;

  /**
   * Everything the store knows, but entries; of one log if given. Streamed. With `checkMs` it reads its entries for so
   * long, and says of each loglet up to where they were held against their checksums.
   */
  inventory(query?: { readonly logId?: LogId; readonly checkMs?: number }): AsyncIterable<InventoryItem>;

  /** Writes the descriptor. Refused when this store is not in its nodeset, or holds another one for that loglet. */
  provision(generation: Generation, descriptor: Descriptor): Promise<Answer<LogletState>>;

  /** From now on the loglet takes `store` here. */
  activate(generation: Generation, logletId: LogletId, chainVersion: number): Promise<Answer<LogletState>>;

  /** Ends appends to these loglets here, for good. */
  seal(generation: Generation, logletIds: readonly LogletId[]): Promise<SealedLoglet[]>;

  /** Records the final end; seals too, and raises `knownCommitted` to it. */
  close(generation: Generation, logletId: LogletId, close: CloseRecord): Promise<Answer<LogletState>>;

  /** Adds entries to a sealed copy, at its local tail. Never counts toward an acknowledgement. */
  repair(generation: Generation, logletId: LogletId, entries: readonly Entry[]): Promise<Answer<LogletState>>;

  /** Records the log's trim point, then drops the data below it. */
  trim(generation: Generation, logId: LogId, trimPoint: Position): Promise<Answer<LogTrim>>;

  /** Deletes a loglet here: an orphan, or a segment below the trim point. The caller has proved that it may. */
  drop(generation: Generation, logletId: LogletId): Promise<Answer<null>>;

  /** The states of these loglets; those not provisioned here are refused one by one. */
  states(logletIds: readonly LogletId[]): Promise<SealedLoglet[]>;

  /**
   * Data plane; sent by a sequencer only. Entries are consecutive; `knownCommitted` is what it has acknowledged.
   * The order of checks is `protocol.md` §3.
   */
  store(request: {
    readonly logletId: LogletId;
    readonly entries: readonly Entry[];
    readonly knownCommitted: Position;
  }): Promise<Answer<{ readonly localTail: Position }>>;

  /**
   * Entries in [from, to), as many as fit in `maxBytes` (at least one), ascending. Serves positions below
   * `knownCommitted` only, unless `uncommitted` is set: then the caller must itself have seen the position on a
   * commit quorum, or must not serve it.
   */
  read(request: {
    readonly logletId: LogletId;
    readonly from: Position;
    readonly to: Position;
    readonly maxBytes?: number;
    readonly uncommitted?: boolean;
  }): Promise<Answer<{ readonly entries: readonly Entry[]; readonly knownCommitted: Position }>>;

  /** To the sequencer of the loglet. Not idempotent: after `outcomeUnknown` the entries may or may not be stored. */
  append(logletId: LogletId, payloads: readonly Uint8Array[]): Promise<AppendOutcome>;

  /** What the loglet's sequencer has acknowledged, exclusive. */
  acknowledgedTail(logletId: LogletId): Promise<Answer<{ readonly tail: Position }>>;

  disconnect(): Promise<void>;
}
