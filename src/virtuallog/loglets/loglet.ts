import type { Segment } from '../../core/chain.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Entry } from '../../core/entry.ts';
import type { Generation } from '../../core/generation.ts';
import type { Position, ServerId } from '../../core/ids.ts';
import type { CloseRecord, LogletState } from '../../core/logletState.ts';
import type { Answer, AppendOutcome } from '../../ports/LogServer.ts';
import type { Reply } from '../askAll.ts';

/** One store's copy of a loglet, its descriptor checked against the chain's segment. */
export interface Copy {
  readonly serverId: ServerId;
  readonly state: LogletState;
}

/** What the stores of a loglet answered. `replies` has one for each member; `copies` only those that hold it. */
export interface Survey {
  readonly copies: readonly Copy[];
  readonly replies: readonly Reply<LogletState>[];
}

export interface ReadRequest {
  readonly from: Position;
  /** Exclusive. */
  readonly to: Position;
  /** The caller knows that the positions are determined, so that any copy will do. */
  readonly determined: boolean;
}

/**
 * One segment's storage, whatever its kind. Control calls carry the generation; a later recovery's fence is thrown
 * as `E_STALE_GENERATION`, silence and other refusals are part of the answer.
 */
export interface Loglet {
  readonly segment: Segment;

  states(): Promise<Survey>;
  /** Ends appends on every store that answers; only stores with the storeId of the nodeset count. */
  seal(generation: Generation): Promise<Survey>;
  activate(generation: Generation, chainVersion: number): Promise<Survey>;
  close(generation: Generation, record: CloseRecord): Promise<Survey>;
  /** Copies [localTail, tail) to every copy that lacks it; the answer tells which copies reach the tail now. */
  repair(generation: Generation, copies: readonly Copy[], tail: Position): Promise<Set<ServerId>>;
  drop(generation: Generation): Promise<readonly Reply<null>[]>;

  /** Throws `PortError` when the sequencer's server does not answer. */
  append(payloads: readonly Uint8Array[]): Promise<AppendOutcome>;
  /** Throws `PortError` when the sequencer's server does not answer. */
  acknowledgedTail(): Promise<Answer<{ readonly tail: Position }>>;
  /** The next entries from `from` on, at least one, from a copy that has them. */
  read(request: ReadRequest): Promise<LogletRead>;
}

export type LogletRead =
  | { readonly read: 'entries'; readonly entries: readonly Entry[] }
  /** No copy serves it: each one's reason. `damaged`: the copies that answered are corrupt there. */
  | { readonly read: 'none'; readonly replies: readonly Reply<unknown>[]; readonly damaged: boolean };

/** Writes a descriptor on every store of its nodeset. */
export type Provision = (generation: Generation, descriptor: Descriptor) => Promise<Reply<LogletState>[]>;
