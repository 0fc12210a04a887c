import { digestsOnce } from './canonical.ts';
import {
  type Chain,
  chainDigest,
  type LogletKind,
  lastSegment,
  type Segment,
  type Sequencer,
  type SnapshotPolicy,
} from './chain.ts';
import type { Durability, NodesetMember, SuccessorRule } from './durability.ts';
import type { Generation } from './generation.ts';
import type { ClusterId, LogId, LogletId, Position, ServerId, StoreId } from './ids.ts';
import { LIMITS } from './limits.ts';

/** A predecessor as its successors remember it. */
export interface LineageEntry {
  readonly logletId: LogletId;
  readonly index: number;
  readonly start: Position;
  readonly nodeset: readonly NodesetMember[];
  readonly durability: Durability;
}

/**
 * What every store of a loglet keeps about it, the same bytes on each. It is written before the loglet enters the
 * chain and never changes: the chain can be rebuilt from descriptors because each one names what it extends.
 */
export interface Descriptor {
  readonly clusterId: ClusterId;
  readonly logId: LogId;
  readonly logletId: LogletId;
  readonly kind: LogletKind;
  readonly index: number;
  readonly start: Position;
  readonly nodeset: readonly NodesetMember[];
  readonly durability: Durability;
  /** What the successor may be. No reconfigurer provisions outside it. */
  readonly nextRules: readonly SuccessorRule[];
  /** What binds the activation of the successor. */
  readonly snapshots: SnapshotPolicy;
  readonly sequencer: Sequencer;
  /** The chain version that will install it. */
  readonly chainVersion: number;
  readonly generation: Generation;
  /** The last eight predecessors, nearest first; empty for a log's first loglet. */
  readonly lineage: readonly LineageEntry[];
  /** SHA-256 of the canonical chain that it extends; of the empty string for a log's first loglet. */
  readonly chainDigest: string;
  /** Stores taken out of service for good when it was provisioned. */
  readonly retired: readonly StoreId[];
  /** Every store that answered when it was provisioned: proof that these stores are as old as the loglet. */
  readonly stores: readonly { readonly serverId: ServerId; readonly storeId: StoreId }[];
  /** Milliseconds since 1970, by the clock of whoever provisioned it. For people only; nothing is decided by it. */
  readonly createdAt: number;
}

const digests = digestsOnce<Descriptor>();

export const descriptorDigest: (descriptor: Descriptor) => string = digests.of;

/** For decoders alone: this descriptor came from canonical bytes with this digest. */
export const knowDescriptorDigest: (descriptor: Descriptor, digest: string) => void = digests.know;

export function lineageEntryOf(segment: Segment): LineageEntry {
  return {
    logletId: segment.logletId,
    index: segment.index,
    start: segment.start,
    nodeset: segment.nodeset,
    durability: segment.durability,
  };
}

/** The segment that a descriptor becomes once it is installed; without an end. */
export function segmentOf(descriptor: Descriptor): Segment {
  return {
    index: descriptor.index,
    logletId: descriptor.logletId,
    kind: descriptor.kind,
    start: descriptor.start,
    nodeset: descriptor.nodeset,
    durability: descriptor.durability,
    sequencer: descriptor.sequencer,
  };
}

/** The descriptor of a successor to a chain's last loglet, starting where that one was sealed. */
export function successorDescriptor(
  chain: Chain,
  start: Position,
  chosen: Pick<
    Descriptor,
    | 'logletId'
    | 'kind'
    | 'nodeset'
    | 'durability'
    | 'nextRules'
    | 'snapshots'
    | 'sequencer'
    | 'stores'
    | 'createdAt'
  > & { readonly retired?: readonly StoreId[] },
): Descriptor {
  const last = lastSegment(chain);
  return {
    ...chosen,
    clusterId: chain.clusterId,
    logId: chain.logId,
    index: last.index + 1,
    start,
    chainVersion: chain.version + 1,
    generation: chain.generation,
    lineage: chain.segments.slice(-LIMITS.lineageLength).reverse().map(lineageEntryOf),
    chainDigest: chainDigest(chain),
    retired: chosen.retired ?? chain.retired,
  };
}
