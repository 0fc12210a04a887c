import type {
  Chains,
  ClusterNode,
  NodesConfiguration,
  PartitionEpoch,
  PartitionTable,
  Segment,
  Value,
} from '../../core/restate/values.ts';
import { formatIncarnation, formatReplication } from './text.ts';
import { encodeValue } from './value.ts';

/**
 * Values that are not copied but made: for what no register and no cache has any more. Written as JSON, which every
 * server reads and writes back in its own encoding with the next change.
 */
export function encodeNodes(nodes: NodesConfiguration, modifiedAt: bigint): Uint8Array {
  return encodeValue({
    version: BigInt(nodes.version),
    cluster_fingerprint: nodes.fingerprint,
    cluster_name: nodes.clusterName,
    features: nodes.features,
    modified_at: modifiedAt,
    name_lookup: Object.fromEntries(nodes.nodes.map(({ id, name }) => [name, BigInt(id)])),
    nodes: nodes.nodes.map((node) => [BigInt(node.id), { Node: nodeValue(node) }]),
  });
}

export function encodeChains({ version, logs, defaultReplication = {} }: Chains): Uint8Array {
  return encodeValue({
    version: BigInt(version),
    config: {
      default_provider: {
        replicated: { replication_property: formatReplication(defaultReplication), target_nodeset_size: 0n },
      },
    },
    logs: [...logs].map(([logId, segments]) => [
      BigInt(logId),
      { chain: segments.map((segment) => [segment.base, segmentValue(segment)]) },
    ]),
    modified_at: null,
  });
}

export function encodePartitionTable({ version, partitions, replication }: PartitionTable): Uint8Array {
  return encodeValue({
    version: BigInt(version),
    num_partitions: BigInt(partitions.length),
    partitions: partitions.map(({ id, logId, from, to }) => [
      BigInt(id),
      {
        cf_name: null,
        db_name: null,
        key_range: { start: from, end: to },
        log_id: logId === id ? null : BigInt(logId),
      },
    ]),
    replication: replication === undefined ? 'everywhere' : { limit: formatReplication(replication) },
  });
}

/** `modifiedAt` in milliseconds since 1970. */
export function encodeEpoch(epoch: PartitionEpoch, modifiedAt: bigint): Uint8Array {
  return encodeValue({
    version: BigInt(epoch.version),
    epoch: epoch.epoch,
    leader_metadata:
      epoch.leader === undefined
        ? null
        : {
            node_id: [BigInt(epoch.leader.id), BigInt(epoch.leader.generation)],
            partition_id: BigInt(epoch.partitionId),
          },
    current: {
      version: BigInt(epoch.currentVersion),
      replica_set: epoch.replicaSet.map(BigInt),
      replication: formatReplication(epoch.replication),
      modified_at: modifiedAt,
      context: {},
    },
    next: null,
  });
}

function nodeValue(node: ClusterNode): Value {
  return {
    name: node.name,
    current_generation: [BigInt(node.id), BigInt(node.generation)],
    address: node.address,
    location: node.location,
    roles: node.roles,
    log_server_config: { storage_state: node.storageState },
    metadata_server_config: { metadata_server_state: node.metadataState },
    worker_config: { worker_state: 'active' },
    binary_version: null,
  };
}

export function segmentValue(segment: Segment): Value {
  const index = BigInt(segment.index);
  if (segment.kind === 'other') throw new Error(`a segment of kind ${segment.name} can only be copied`);
  if (segment.kind === 'sealed') {
    const params = JSON.stringify({ permanent_seal: segment.permanent });
    return { created_at: null, index, kind: 'sealed', params };
  }
  const { logletId, sequencer, replication, nodeset } = segment;
  const params = `{"loglet_id":${logletId},"sequencer":"${formatIncarnation(sequencer)}","replication":${JSON.stringify(replication)},"nodeset":[${nodeset.join(',')}]}`;
  return { created_at: null, index, kind: 'replicated', params };
}
