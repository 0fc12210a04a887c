import { tableFromIPC } from 'apache-arrow';
import { parseIncarnation } from '../../codec/restate/text.ts';
import { isPortError } from '../../core/errors.ts';
import type { PartitionLook, ReplicaLook, SequencerLook } from '../../core/restate/evidence.ts';
import { logletIdOf } from '../../core/restate/loglets.ts';
import { answering } from './answering.ts';
import type { RestateClient } from './client.ts';

type Row = Readonly<Record<string, unknown>>;

/** Asks the cluster's own tables through the first node that can answer. `undefined`: none can, so none has joined. */
export async function query(
  client: RestateClient,
  addresses: readonly string[],
  text: string,
): Promise<readonly Row[] | undefined> {
  try {
    for await (const address of answering(client, addresses)) {
      const rows = await queryAt(client, address, text);
      if (rows !== undefined) return rows;
    }
  } catch (error) {
    if (!isPortError(error)) throw error;
  }
  return undefined;
}

/** `undefined`: this node cannot answer. */
async function queryAt(
  client: RestateClient,
  address: string,
  text: string,
): Promise<readonly Row[] | undefined> {
  try {
    const call = { method: 'cluster_ctrl.ClusterCtrlSvc/Query', request: { query: text } };
    const replies = await client.askAll<{ encoded: Uint8Array }>(address, call);
    // One Arrow stream, cut into messages: schema, batches, end.
    const table = tableFromIPC(Buffer.concat(replies.map(({ encoded }) => encoded)));
    return table.toArray().map((row) => (row as { toJSON(): Row }).toJSON());
  } catch (error) {
    if (!isPortError(error)) throw error;
    return undefined;
  }
}

export async function partitionLooks(
  client: RestateClient,
  addresses: readonly string[],
): Promise<readonly PartitionLook[] | undefined> {
  const columns = 'partition_id, leader_gen_node_id, leader_epoch, v_current, current_replica_set';
  const rows = await query(client, addresses, `SELECT ${columns} FROM partitions ORDER BY partition_id`);
  return rows?.map((row) => {
    const leader = parseIncarnation(textOf(row.leader_gen_node_id));
    return {
      partitionId: Number(row.partition_id),
      ...(leader === undefined ? {} : { leader }),
      leaderEpoch: BigInt(textOf(row.leader_epoch).replace(/^e/, '') || '0'),
      currentVersion: Number(row.v_current ?? 0),
      currentReplicaSet: textOf(row.current_replica_set).split(',').flatMap(nodeNumber),
    };
  });
}

export async function replicaLooks(
  client: RestateClient,
  addresses: readonly string[],
): Promise<readonly ReplicaLook[] | undefined> {
  const columns = [
    ...['partition_id', 'gen_node_id', 'effective_mode', 'replay_status', 'applied_log_lsn'],
    ...['durable_log_lsn', 'archived_log_lsn', 'broken_reason'],
  ];
  const rows = await query(
    client,
    addresses,
    `SELECT ${columns.join(', ')} FROM partition_state ORDER BY partition_id, gen_node_id`,
  );
  return rows?.flatMap((row) => {
    const node = parseIncarnation(textOf(row.gen_node_id));
    if (node === undefined) return [];
    return [
      {
        partitionId: Number(row.partition_id),
        node,
        leads: textOf(row.effective_mode).toLowerCase() === 'leader',
        replay: textOf(row.replay_status),
        appliedLsn: lsnOf(row.applied_log_lsn) ?? 0n,
        ...present('durableLsn', lsnOf(row.durable_log_lsn)),
        ...present('archivedLsn', lsnOf(row.archived_log_lsn)),
        ...present('broken', textOf(row.broken_reason) || undefined),
      },
    ];
  });
}

export async function sequencerLooks(
  client: RestateClient,
  addresses: readonly string[],
): Promise<readonly SequencerLook[] | undefined> {
  const columns = 'plain_node_id, log_id, segment_index, sequencer';
  const rows = await query(
    client,
    addresses,
    `SELECT ${columns} FROM loglet_workers ORDER BY log_id, segment_index, plain_node_id`,
  );
  return rows?.flatMap((row) =>
    nodeNumber(textOf(row.plain_node_id)).map((nodeId) => ({
      logletId: logletIdOf(Number(row.log_id), Number(row.segment_index)),
      nodeId,
      ...present('sequencer', parseIncarnation(textOf(row.sequencer))),
    })),
  );
}

/** The address is not read: it can carry what is nobody's business. */
export async function snapshotRepository(
  client: RestateClient,
  addresses: readonly string[],
): Promise<'configured' | 'none' | 'unknown'> {
  const rows = await query(
    client,
    addresses,
    "SELECT value = 'null' AS missing FROM config WHERE key = 'worker.snapshots.destination'",
  );
  const [row] = rows ?? [];
  if (row === undefined) return 'unknown';
  return row.missing === true ? 'none' : 'configured';
}

function textOf(cell: unknown): string {
  return typeof cell === 'string' ? cell : '';
}

function lsnOf(cell: unknown): bigint | undefined {
  return typeof cell === 'bigint' || typeof cell === 'number' ? BigInt(cell) : undefined;
}

function nodeNumber(text: string): number[] {
  const found = /^\s*N(\d+)\s*$/.exec(text);
  return found === null ? [] : [Number(found[1])];
}

function present<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: T });
}
