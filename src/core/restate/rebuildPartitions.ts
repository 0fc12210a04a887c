import { type RebuiltEpoch, rebuildEpoch } from './epochs.ts';
import type { RebuiltLog } from './rebuiltLog.ts';
import { asCopy, asMade, isLive, type RebuiltRegister, type SetEvidence } from './setEvidence.ts';
import { newestCopy } from './sets.ts';
import { type ClusterNode, EPOCH_PREFIX, PARTITIONS, type PartitionTable } from './values.ts';

/** The newest partition table; without one, a partition for each log. */
export function rebuildTable(
  evidence: SetEvidence,
  logs: readonly RebuiltLog[],
): { readonly table: PartitionTable; readonly register: RebuiltRegister } {
  const copy = newestCopy(PARTITIONS, evidence.sets);
  const known = copy?.set.table;
  if (copy !== undefined && known !== undefined) {
    if (isLive(evidence, PARTITIONS, copy)) return { table: known, register: asCopy(PARTITIONS, copy) };
    const content = { kind: 'table' as const, base: copy.value, table: known };
    return { table: known, register: asMade(evidence, { key: PARTITIONS, content, from: copy.set.name }) };
  }
  const { replication } = evidence.stated;
  const partitions = equalRanges(logs.map(({ logId }) => logId));
  const table = { version: 0, partitions, ...(replication !== undefined && { replication }) };
  const from = 'one partition for each log';
  return {
    table,
    register: asMade(evidence, { key: PARTITIONS, content: { kind: 'table', table }, from }),
  };
}

/** Keys are hashed to 64 bits. */
const KEYS = 1n << 64n;

/** The key space in equal ranges: how a cluster is provisioned unless it is told otherwise. */
function equalRanges(logIds: readonly number[]): PartitionTable['partitions'] {
  const count = BigInt(logIds.length);
  const bound = (place: number): bigint => (BigInt(place) * KEYS) / count;
  return logIds.map((logId, place) => ({
    id: logId,
    logId,
    from: bound(place),
    to: bound(place + 1) - 1n,
  }));
}

/** The epochs of all partitions; see `rebuildEpoch`. */
export function rebuildEpochs(
  evidence: SetEvidence,
  nodes: readonly ClusterNode[],
  table: PartitionTable,
): { readonly epochs: readonly RebuiltEpoch[]; readonly registers: readonly RebuiltRegister[] } {
  const rebuilt = table.partitions.map(({ id }) => {
    const epoch = rebuildEpoch(epochEvidence(evidence, { partitionId: id, nodes, table }));
    return { epoch, register: registerOf(evidence, `${EPOCH_PREFIX}${id}`, epoch) };
  });
  return {
    epochs: rebuilt.map(({ epoch }) => epoch),
    registers: rebuilt.map(({ register }) => register),
  };
}

function epochEvidence(
  { sets, partitions = [], looks }: SetEvidence,
  {
    partitionId,
    nodes,
    table,
  }: { partitionId: number; nodes: readonly ClusterNode[]; table: PartitionTable },
): Parameters<typeof rebuildEpoch>[0] {
  const key = `${EPOCH_PREFIX}${partitionId}`;
  const epochIn = (source: 'store' | 'backup') =>
    newestCopy(
      key,
      sets.filter((set) => set.source === source),
    )?.set.epochs.find((epoch) => epoch.partitionId === partitionId);
  const stored = epochIn('store');
  const backup = epochIn('backup');
  const look = partitions.find((one) => one.partitionId === partitionId);
  const held = looks.flatMap(({ marker, givenId }) => {
    const id = marker?.nodeId ?? givenId;
    return id !== undefined && marker?.partitions?.includes(partitionId) === true ? [id] : [];
  });
  return {
    partitionId,
    nodes,
    ...(stored !== undefined && { stored }),
    ...(backup !== undefined && { backup }),
    ...(look !== undefined && { look }),
    ...(held.length > 0 && { holders: held }),
    ...(table.replication !== undefined && { replication: table.replication }),
  };
}

const FROM: Readonly<Record<Exclude<RebuiltEpoch['from'], 'kept'>, string>> = {
  live: 'what live nodes do',
  backup: 'a backup, raised',
  held: 'the nodes’ directories, high',
  guessed: 'a guess, high',
};

function registerOf({ sets }: SetEvidence, key: string, { epoch, from }: RebuiltEpoch): RebuiltRegister {
  if (from !== 'kept')
    return { key, version: epoch.version, content: { kind: 'epoch', epoch }, from: FROM[from] };
  const stored = newestCopy(
    key,
    sets.filter(({ source }) => source === 'store'),
  );
  if (stored === undefined) throw new Error(`${key} is kept and not there`);
  return asCopy(key, stored);
}
