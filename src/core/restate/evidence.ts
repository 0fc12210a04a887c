import type { RegisterSet } from '../registerSet.ts';

/** A node, and how often it has been started: an older generation of the same id is another sequencer. */
export interface NodeIncarnation {
  readonly id: number;
  readonly generation: number;
}

/** What a node says of itself without being part of a cluster yet. */
export interface NodeIdent {
  /** The engine's own word: `ALIVE`, `STARTING_UP`, … */
  readonly status: string;
  readonly clusterName: string;
  /** Absent while it has not joined: it then serves no log, but answers for what its log-server stored. */
  readonly node?: NodeIncarnation;
  readonly roles: readonly string[];
  /** The engine's own word for its part of the built-in metadata store: `MEMBER`, `AWAITING_PROVISIONING`, … */
  readonly metadataServer: string;
  /** Versions of its cached registers, by their names; 0 and absent alike mean none. */
  readonly versions: ReadonlyMap<string, number>;
}

/**
 * A loglet on one log-server. Copies are scattered: a record lies on a write quorum, not on every server. `localTail`
 * is a high-water mark (it may be beyond what was acknowledged), `knownGlobalTail` a lower bound of the true tail.
 * Offsets begin at 1; tails are exclusive. A loglet that never existed answers like one that is empty and open.
 */
export interface ScatteredCopy {
  /** `log id << 32 | segment index`: derived, so loglets can be enumerated. */
  readonly logletId: bigint;
  readonly localTail: bigint;
  readonly knownGlobalTail: bigint;
  readonly sealed: boolean;
  /** The last trimmed offset; 0 when nothing was. */
  readonly trimPoint: bigint;
}

/** A range of offsets on one log-server, `to` inclusive as the engine says it. */
export interface DigestRange {
  readonly from: bigint;
  readonly to: bigint;
  readonly state: 'exists' | 'trimmed' | 'archived' | 'missing';
}

/** A partition processor as the cluster's own tables show it: the source of the epochs that no node caches. */
export interface PartitionLook {
  readonly partitionId: number;
  readonly leader?: NodeIncarnation;
  readonly leaderEpoch: bigint;
  readonly currentVersion: number;
  readonly currentReplicaSet: readonly number[];
}

/** One copy of a partition's state, as the node that holds it shows it. */
export interface ReplicaLook {
  readonly partitionId: number;
  readonly node: NodeIncarnation;
  readonly leads: boolean;
  /** `active`, `starting`, …: the engine's own word. */
  readonly replay: string;
  /** Up to which LSN it has applied its log, flushed it, and put it into a snapshot repository. */
  readonly appliedLsn: bigint;
  readonly durableLsn?: bigint;
  readonly archivedLsn?: bigint;
  /** Why it stopped, where it did. */
  readonly broken?: string;
}

/** Who writes a loglet, as a node knows it that has the loglet in memory. */
export interface SequencerLook {
  readonly logletId: bigint;
  /** Whose log-server says it. */
  readonly nodeId: number;
  /** Absent where it was never sent a record: it takes them from whoever comes first. */
  readonly sequencer?: NodeIncarnation;
}

/** What stands in a dead node's data directory, read offline. */
export interface OfflineMarker {
  /** Of the log-store; absent where the node never had one. */
  readonly nodeId?: number;
  readonly clusterName?: string;
  readonly fingerprint?: bigint;
  readonly nodeName?: string;
  /** Partitions whose state lies there; absent where that could not be read. */
  readonly partitions?: readonly number[];
}

/** One node by its address, and everything that it alone could tell. A silent one is evidence of nothing. */
export interface NodeEvidence {
  readonly address: string;
  readonly answer:
    | {
        readonly kind: 'answered';
        readonly ident: NodeIdent;
        /** Its cached copies: lost when it restarts; never those of the partitions' epochs. */
        readonly caches: RegisterSet;
      }
    | { readonly kind: 'silent'; readonly reason: string };
}
