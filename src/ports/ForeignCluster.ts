import type {
  DigestRange,
  NodeEvidence,
  OfflineMarker,
  PartitionLook,
  ReplicaLook,
  ScatteredCopy,
  SequencerLook,
} from '../core/restate/evidence.ts';
import type { Replication } from '../core/restate/values.ts';
import type { RegisterStore } from './RegisterStore.ts';

/** What a new segment is made like. */
export interface ExtendRequest {
  readonly logId: number;
  readonly replication: Replication;
  readonly nodeset: readonly number[];
  readonly sequencer: number;
}

/**
 * A running cluster of another engine, reached through its own API. Reads change nothing. Every call may throw
 * `PortError`; `notFound` where this version of the engine does not offer what is asked, with what it lacks.
 */
export interface ForeignCluster {
  readonly kind: 'restate';
  /** Its MetaStore, by whatever way the configuration gives. */
  readonly registers: RegisterStore;

  /** Asks every address of the configuration, and those that the nodes' own caches name. Never throws for a silent one. */
  look(): Promise<readonly NodeEvidence[]>;

  /** What one log-server stored of these loglets. Answered also before it has joined a cluster. */
  copies(address: string, logletIds: readonly bigint[]): Promise<readonly ScatteredCopy[]>;

  /** Which offsets of [from, to] it holds. */
  digest(
    address: string,
    request: { readonly logletId: bigint; readonly from: bigint; readonly to: bigint },
  ): Promise<readonly DigestRange[]>;

  /** As the first node that can answer shows them; `undefined` when none can: none has joined. */
  partitions(): Promise<readonly PartitionLook[] | undefined>;
  /** Of the nodes that answer; one that applied nothing yet is no help to a partition whose log was trimmed. */
  replicas(): Promise<readonly ReplicaLook[] | undefined>;
  /** Whether partitions are kept in a snapshot repository, as the node that answers is configured. Never where. */
  snapshotRepository(): Promise<'configured' | 'none' | 'unknown'>;
  /** Of the loglets that nodes have in memory. */
  sequencers(): Promise<readonly SequencerLook[] | undefined>;

  /** The tail as the cluster's own client finds it. */
  findTail(logId: number): Promise<{ readonly state: 'open' | 'sealed'; readonly lsn: bigint }>;

  /** Seals the end of a chain and records it there; with `tail`, at that LSN. Needs an f-majority and a writable store. */
  seal(request: { readonly logId: number; readonly tail?: bigint; readonly reason: string }): Promise<{
    readonly lsn: bigint;
  }>;

  /** Seals the end of a chain and puts a new segment behind it. Needs an f-majority and a writable store. */
  sealAndExtend(request: ExtendRequest): Promise<void>;

  /** What new segments and partitions are made like. */
  setReplication(replication: { readonly log: Replication; readonly partition: Replication }): Promise<void>;

  close(): Promise<void>;
}

/** A node as a process with a data directory. */
export interface NodePlace {
  readonly name: string;
  readonly address: string;
  /** Where it is known. A path of this machine only where the tool has hands. */
  readonly dataDir?: string;
}

/**
 * Who stops and starts nodes. With `operator`, each call says what is to be done and waits until its effect is seen.
 * Every call is idempotent.
 */
export interface NodeHands {
  readonly hands: 'tool' | 'operator';
  readonly places: readonly NodePlace[];
  stop(place: NodePlace): Promise<void>;
  /** Copies the stopped node's part of the built-in store, then takes it out of its place. Answers where it lies now. */
  setMetadataAside(place: NodePlace, runId: string): Promise<string>;
  start(place: NodePlace): Promise<void>;
  /** Reads what a stopped node's directory says of whose it is. Never opens a database. */
  marker(dataDir: string): Promise<OfflineMarker>;
}
