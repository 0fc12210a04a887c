import type { Descriptor } from './descriptor.ts';
import type { Location, NodesetMember } from './durability.ts';
import type { Generation } from './generation.ts';
import type { ClusterId, Incarnation, LogId, LogletId, Position, ServerId, StoreId } from './ids.ts';

/** Written on a loglet once its successor is active on a commit quorum: the loglet's end is final. */
export interface CloseRecord {
  readonly end: Position;
  readonly successor: {
    readonly logletId: LogletId;
    readonly nodeset: readonly NodesetMember[];
    readonly chainVersion: number;
  };
}

/**
 * What one store knows about one loglet. The copy is contiguous: it holds every entry in [firstHeld, localTail).
 * Invariants: start <= firstHeld <= localTail; close implies sealed; knownCommitted never falls.
 */
export interface LogletState {
  readonly descriptor: Descriptor;
  /** SHA-256 of the canonical descriptor, computed by the store when it was provisioned. */
  readonly descriptorDigest: string;
  /** Entries below it were trimmed on this store. */
  readonly firstHeld: Position;
  /** The first position this store does not hold. */
  readonly localTail: Position;
  readonly sealed: boolean;
  /**
   * Where its tail was when it was sealed. What repair adds later counts for no commit quorum: two reconfigurers that
   * hear different survivors may repair to different tails, and only one of them becomes the boundary.
   */
  readonly tailAtSeal?: Position;
  /** The chain version under which it was activated here. */
  readonly activatedAt?: number;
  readonly close?: CloseRecord;
  /** The store serves a position only below it. Raised by the sequencer, in order, or by a close record. */
  readonly knownCommitted: Position;
  /** Positions whose entry failed its checksum on this store, as far as was noticed; at most 1,000 are listed. */
  readonly corrupt?: readonly Position[];
  /** Every entry below it was held against its checksum when this was asked: what failed is in `corrupt`. */
  readonly checkedTo?: Position;
}

/** What one store knows about one log, whatever loglets it still has of it. */
export interface LogTrim {
  readonly logId: LogId;
  readonly trimPoint: Position;
  readonly generation: Generation;
}

/** Who a server is, and under which generation it stands. */
export interface ServerStatus {
  readonly serverId: ServerId;
  readonly storeId: StoreId;
  readonly clusterId: ClusterId;
  readonly location: Location;
  /** Absent on a store that was formatted and not yet admitted. */
  readonly generation?: Generation;
  /** Taken out of service for good: it refuses every generation. */
  readonly retired: boolean;
  /** How often somebody came to rely on the store: with each loglet it was given, with each `pledge`. */
  readonly pledged: number;
  readonly incarnation: Incarnation;
  /** Version of the software, for `doctor`. */
  readonly software: string;
}
