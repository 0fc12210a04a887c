import type { PartitionLook } from './evidence.ts';
import { GUESSED_VERSION } from './sets.ts';
import type { ClusterNode, PartitionEpoch, PartitionTable, Replication } from './values.ts';

export interface EpochEvidence {
  readonly partitionId: number;
  /** What the store holds now. */
  readonly stored?: PartitionEpoch;
  /** What live nodes do now. */
  readonly look?: PartitionLook;
  readonly backup?: PartitionEpoch;
  readonly nodes: readonly ClusterNode[];
  /** Nodes that hold this partition's data, where that is known. */
  readonly holders?: readonly number[];
  readonly replication?: PartitionTable['replication'];
}

export interface RebuiltEpoch {
  readonly epoch: PartitionEpoch;
  /**
   * `kept`: as the store has it. `live`: from what nodes do now. `backup`, `held`, `guessed`: high, from the last known,
   * for the nodes that hold the partition's data, from nothing.
   */
  readonly from: 'kept' | 'live' | 'backup' | 'held' | 'guessed';
}

/** How far above the last known one an epoch is put that may have been passed since. */
const LIFT = 1_000;

/**
 * The register of a partition's leadership. No node caches it, and it must be there: without it the next leader change
 * starts at epoch 1, and nodes that remember a later one stop themselves one after the other, metadata quorum included.
 */
export function rebuildEpoch(evidence: EpochEvidence): RebuiltEpoch {
  const { stored, look, backup } = evidence;
  if (stored !== undefined && stored.epoch >= (look?.leaderEpoch ?? 0n))
    return { epoch: stored, from: 'kept' };
  const known = stored ?? backup;
  const seen = Math.max(stored?.version ?? 0, backup?.version ?? 0);
  const version = Math.max(seen + LIFT, GUESSED_VERSION);
  if (look !== undefined)
    return {
      from: 'live',
      epoch: {
        version,
        partitionId: evidence.partitionId,
        epoch: look.leaderEpoch,
        ...(look.leader !== undefined && { leader: look.leader }),
        replicaSet: look.currentReplicaSet,
        currentVersion: look.currentVersion,
        replication: known?.replication ?? replicationFor(evidence, look.currentReplicaSet.length),
      },
    };
  if (known !== undefined) {
    const { leader: _, ...rest } = known;
    const epoch = { ...rest, version, epoch: highEpoch(known.epoch) };
    return { from: 'backup', epoch: { ...epoch, currentVersion: known.currentVersion + LIFT } };
  }
  return { from: evidence.holders === undefined ? 'guessed' : 'held', epoch: guess(evidence, version) };
}

function guess(evidence: EpochEvidence, version: number): PartitionEpoch {
  const workers = evidence.nodes.filter(({ roles }) => roles.includes('worker')).map(({ id }) => id);
  const replicaSet = evidence.holders ?? workers;
  return {
    version,
    partitionId: evidence.partitionId,
    epoch: highEpoch(0n),
    replicaSet,
    currentVersion: GUESSED_VERSION,
    replication: replicationFor(evidence, replicaSet.length),
  };
}

function replicationFor({ replication }: EpochEvidence, copies: number): Replication {
  return replication ?? { node: Math.max(1, copies) };
}

function highEpoch(known: bigint): bigint {
  const high = known + BigInt(LIFT);
  return high > BigInt(GUESSED_VERSION) ? high : BigInt(GUESSED_VERSION);
}
