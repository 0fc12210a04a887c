import { type ServerId, serverId } from '../ids.ts';
import type { NodeIncarnation } from './evidence.ts';

/** Names of Restate's registers. One of them holds the chains of all logs. */
export const NODES = 'nodes_config';
export const CHAINS = 'bifrost_config';
export const PARTITIONS = 'partition_table';
export const SCHEMA = 'schema_registry';
export const RULES = 'rule_book';
export const EPOCH_PREFIX = 'pp_epoch_';

/** A value as Restate writes it, decoded without knowing its shape. Whole numbers are bigint: some are beyond 2^53. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: Value };

/** What a nodes configuration says of a log-server's disk. */
export const STORAGE_STATES = [
  'read-write',
  'read-only',
  'provisioning',
  'data-loss',
  'gone',
  'disabled',
] as const;
export type StorageState = (typeof STORAGE_STATES)[number];

/** A node by the name that the engine prints: `N3`. */
export function serverIdOf(nodeId: number): ServerId {
  return serverId(`N${nodeId}`);
}

export interface ClusterNode {
  readonly id: number;
  readonly name: string;
  readonly generation: number;
  readonly address: string;
  /** `region.zone`, as the engine writes it; empty where none was given. */
  readonly location: string;
  readonly roles: readonly string[];
  readonly storageState: StorageState;
  /** The engine's own word for its part in the built-in metadata store. */
  readonly metadataState: string;
}

/** The register `nodes_config`. */
export interface NodesConfiguration {
  readonly version: number;
  readonly clusterName: string;
  readonly fingerprint: bigint;
  readonly features: readonly string[];
  readonly nodes: readonly ClusterNode[];
}

/** Copies by failure domain, as written: `{node: 2}`, `{zone: 2, node: 3}`. */
export interface Replication {
  readonly node?: number;
  readonly zone?: number;
  readonly region?: number;
}

/** A segment of a chain: a loglet, or the mark that the log ends here until it is extended. */
export type Segment =
  | {
      readonly kind: 'replicated';
      readonly index: number;
      /** The first LSN of it. */
      readonly base: bigint;
      readonly logletId: bigint;
      readonly sequencer: NodeIncarnation;
      readonly replication: Replication;
      readonly nodeset: readonly number[];
    }
  | {
      readonly kind: 'sealed';
      readonly index: number;
      readonly base: bigint;
      /** Else the next append extends the log. */
      readonly permanent: boolean;
    }
  /** A kind that this tool does not know: passed through, never decided upon. */
  | { readonly kind: 'other'; readonly index: number; readonly base: bigint; readonly name: string };

/** The register `bifrost_config`: the chains of all logs, by log id. Segments ascend by base. */
export interface Chains {
  readonly version: number;
  readonly logs: ReadonlyMap<number, readonly Segment[]>;
  /** What new segments are made like. */
  readonly defaultReplication?: Replication;
}

/** The register `partition_table`. */
export interface PartitionTable {
  readonly version: number;
  /** Copies of a partition's state; absent where every node has one. */
  readonly replication?: Replication;
  readonly partitions: readonly {
    readonly id: number;
    readonly logId: number;
    readonly from: bigint;
    readonly to: bigint;
  }[];
}

/** A register `pp_epoch_<partition>`. */
export interface PartitionEpoch {
  readonly version: number;
  readonly partitionId: number;
  readonly epoch: bigint;
  readonly leader?: NodeIncarnation;
  readonly replicaSet: readonly number[];
  /** Of the replica set alone: nodes remember the highest they saw. */
  readonly currentVersion: number;
  readonly replication: Replication;
}
