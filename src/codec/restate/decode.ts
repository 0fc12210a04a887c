import type { z } from 'zod';
import {
  type Chains,
  type ClusterNode,
  type NodesConfiguration,
  type PartitionEpoch,
  type PartitionTable,
  type Segment,
  STORAGE_STATES,
  type StorageState,
} from '../../core/restate/values.ts';
import type { Decoded } from '../metastore.ts';
import { firstProblem } from '../problem.ts';
import {
  chainsSchema,
  defaultProviderSchema,
  epochSchema,
  logletParamsSchema,
  nodesSchema,
  partitionTableSchema,
  sealParamsSchema,
  type segmentSchema,
} from './schemas.ts';
import { decodeValue } from './value.ts';

/** What the registers say, as far as decisions need it. A problem in one line otherwise; never throws. */
export function decodeNodes(bytes: Uint8Array): Decoded<NodesConfiguration> {
  return decodeAs(nodesSchema, bytes, (raw) => ({
    version: raw.version,
    clusterName: raw.cluster_name,
    fingerprint: raw.cluster_fingerprint ?? 0n,
    features: raw.features ?? [],
    nodes: raw.nodes.flatMap(([id, entry]) => nodeOf(id, entry)).sort((a, b) => a.id - b.id),
  }));
}

export function decodeChains(bytes: Uint8Array): Decoded<Chains> {
  return decodeAs(chainsSchema, bytes, (raw) => {
    const provider = defaultProviderSchema.safeParse(raw.config?.default_provider);
    const logs = raw.logs
      .map(([logId, { chain }]): [number, Segment[]] => [logId, chain.map(segmentOf).sort(byBase)])
      .sort(([a], [b]) => a - b);
    return {
      version: raw.version,
      logs: new Map(logs),
      ...(provider.success ? { defaultReplication: provider.data.replicated.replication_property } : {}),
    };
  });
}

export function decodePartitionTable(bytes: Uint8Array): Decoded<PartitionTable> {
  return decodeAs(partitionTableSchema, bytes, (raw) => {
    const limit = limitOf(raw.replication);
    return {
      version: raw.version,
      ...(limit === undefined ? {} : { replication: limit }),
      partitions: raw.partitions
        .map(([id, { log_id, key_range }]) => ({
          id,
          // A partition's log has its number unless another is written.
          logId: log_id ?? id,
          from: key_range.start,
          to: key_range.end,
        }))
        .sort((a, b) => a.id - b.id),
    };
  });
}

export function decodeEpoch(partitionId: number, bytes: Uint8Array): Decoded<PartitionEpoch> {
  return decodeAs(epochSchema, bytes, ({ version, epoch, leader_metadata, current }) => ({
    version,
    partitionId,
    epoch,
    ...(leader_metadata == null ? {} : { leader: leader_metadata.node_id }),
    replicaSet: current.replica_set,
    currentVersion: current.version,
    replication: current.replication,
  }));
}

function decodeAs<Raw, T>(schema: z.ZodType<Raw>, bytes: Uint8Array, build: (raw: Raw) => T): Decoded<T> {
  const decoded = decodeValue(bytes);
  if (!decoded.ok) return decoded;
  const parsed = schema.safeParse(decoded.value);
  if (parsed.success) return { ok: true, value: build(parsed.data) };
  return { ok: false, problem: firstProblem(parsed.error) };
}

function nodeOf(id: number, entry: z.infer<typeof nodesSchema>['nodes'][number][1]): ClusterNode[] {
  if (typeof entry !== 'object' || entry === null || !('Node' in entry)) return [];
  const node = (entry as { Node: NodeEntry }).Node;
  return [
    {
      id,
      name: node.name,
      generation: node.current_generation.generation,
      address: node.address,
      location: node.location,
      roles: node.roles,
      // What this tool does not know is treated as its most careful kin: it must be heard, and vouches for nothing.
      storageState: storageStateOf(node.log_server_config?.storage_state),
      metadataState: node.metadata_server_config?.metadata_server_state ?? 'none',
    },
  ];
}

interface NodeEntry {
  readonly name: string;
  readonly current_generation: { readonly generation: number };
  readonly address: string;
  readonly location: string;
  readonly roles: readonly string[];
  readonly log_server_config?: { readonly storage_state: string };
  readonly metadata_server_config?: { readonly metadata_server_state: string };
}

function storageStateOf(word: string | undefined): StorageState {
  return STORAGE_STATES.find((known) => known === word) ?? 'data-loss';
}

function segmentOf([base, raw]: [bigint, z.infer<typeof segmentSchema>]): Segment {
  const { index, kind } = raw;
  if (kind === 'sealed') {
    const seal = sealParamsSchema.safeParse(raw.params);
    // One that this tool does not understand is not its to lift.
    return { kind, index, base, permanent: seal.data?.permanent_seal ?? true };
  }
  const params = kind === 'replicated' ? logletParamsSchema.safeParse(raw.params) : undefined;
  if (params?.success !== true) return { kind: 'other', index, base, name: kind };
  const { loglet_id: logletId, sequencer, replication, nodeset } = params.data;
  return { kind: 'replicated', index, base, logletId, sequencer, replication, nodeset };
}

function byBase(one: Segment, other: Segment): number {
  return one.base < other.base ? -1 : 1;
}

function limitOf(replication: unknown): PartitionTable['replication'] {
  if (typeof replication !== 'object' || replication === null || !('limit' in replication)) return undefined;
  return replication.limit as PartitionTable['replication'];
}
