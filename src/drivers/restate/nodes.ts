import { decodeNodes } from '../../codec/restate/decode.ts';
import { decodeValue } from '../../codec/restate/value.ts';
import { isPortError } from '../../core/errors.ts';
import type { RegisterSet, RegisterValue } from '../../core/registerSet.ts';
import type { NodeEvidence, NodeIdent } from '../../core/restate/evidence.ts';
import { CHAINS, NODES, PARTITIONS, SCHEMA } from '../../core/restate/values.ts';
import type { RestateClient } from './client.ts';

interface IdentReply {
  readonly status: string;
  readonly node_id?: { readonly id: number; readonly generation: number } | null;
  readonly cluster_name: string;
  readonly roles: readonly string[];
  readonly metadata_server_status: string;
  readonly nodes_config_version: number;
  readonly logs_version: number;
  readonly schema_version: number;
  readonly partition_table_version: number;
}

/** What nodes keep a copy of in memory, by the name that `GetMetadata` has for it. */
const CACHED: readonly (readonly [kind: string, key: string])[] = [
  ['NODES_CONFIGURATION', NODES],
  ['LOGS', CHAINS],
  ['PARTITION_TABLE', PARTITIONS],
  ['SCHEMA', SCHEMA],
];

export async function identOf(client: RestateClient, address: string): Promise<NodeIdent> {
  const reply = await client.ask<IdentReply>(address, { method: 'node_ctl_svc.NodeCtlSvc/GetIdent' });
  return {
    status: reply.status,
    clusterName: reply.cluster_name,
    ...(reply.node_id == null
      ? {}
      : { node: { id: reply.node_id.id, generation: reply.node_id.generation } }),
    roles: reply.roles,
    metadataServer: reply.metadata_server_status.replace(/^MetadataServerStatus_/, ''),
    versions: new Map([
      [NODES, reply.nodes_config_version],
      [CHAINS, reply.logs_version],
      [SCHEMA, reply.schema_version],
      [PARTITIONS, reply.partition_table_version],
    ]),
  };
}

/** A node's own copies. An engine that never had a register keeps an empty one of version 0: that is none. */
export async function cachesOf(client: RestateClient, address: string): Promise<RegisterSet> {
  const read = await Promise.all(
    CACHED.map(async ([kind, key]) => {
      const request = { method: 'node_ctl_svc.NodeCtlSvc/GetMetadata', request: { kind } };
      const { encoded } = await client.ask<{ encoded: Uint8Array }>(address, request);
      return [key, registerIn(new Uint8Array(encoded))] as const;
    }),
  );
  return new Map(read.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
}

export async function evidenceOf(client: RestateClient, address: string): Promise<NodeEvidence> {
  try {
    const ident = await identOf(client, address);
    const caches = await cachesOf(client, address).catch((error: unknown) => {
      // A node without a cluster has nothing to show.
      if (isPortError(error)) return new Map();
      throw error;
    });
    return { address, answer: { kind: 'answered', ident, caches } };
  } catch (error) {
    if (!isPortError(error)) throw error;
    return { address, answer: { kind: 'silent', reason: error.message } };
  }
}

/** Where the nodes are, as this cached copy says. */
export function addressesIn(caches: RegisterSet): string[] {
  const register = caches.get(NODES);
  const decoded = register && decodeNodes(register.bytes);
  return decoded?.ok === true ? decoded.value.nodes.map(({ address }) => normalAddress(address)) : [];
}

/** One spelling for one node: Restate writes a slash at the end, people do not. */
export function normalAddress(address: string): string {
  return address.replace(/\/+$/, '');
}

function registerIn(bytes: Uint8Array): RegisterValue | undefined {
  if (bytes.byteLength === 0) return undefined;
  const decoded = decodeValue(bytes);
  const value = decoded.ok ? decoded.value : undefined;
  const version =
    typeof value === 'object' && value !== null && 'version' in value ? Number(value.version) : 0;
  return version > 0 ? { version, bytes } : undefined;
}
