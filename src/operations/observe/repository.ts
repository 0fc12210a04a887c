import type { SnapshotDocument } from '../../codec/snapshot.ts';
import { DrError, isPortError } from '../../core/errors.ts';
import type { ChainEvidence, RejectedEvidence, RepositoryEvidence } from '../../core/evidence.ts';
import type { LogId } from '../../core/ids.ts';
import { describeRef } from '../../snapshots/refusals.ts';
import type { Snapshots } from '../../snapshots/Snapshots.ts';
import type { Cluster } from '../cluster.ts';

export interface RepositoryView {
  readonly chains: readonly ChainEvidence[];
  readonly rejected: readonly RejectedEvidence[];
  /** Absent when there is none, or it does not answer. */
  readonly evidence?: RepositoryEvidence;
}

/** The newest snapshot of every log, and whether this repository can carry a fence. Writes nothing but its probe. */
export async function readRepository({ snapshots }: Cluster): Promise<RepositoryView> {
  if (snapshots === undefined) return { chains: [], rejected: [] };
  try {
    return await read(snapshots);
  } catch (error) {
    if (!isPortError(error) && !(error instanceof DrError && error.code === 'E_BAD_SNAPSHOT')) throw error;
    const problem = `${error.message} It is not used.`;
    return { chains: [], rejected: [{ source: 'snapshot', name: snapshots.repository.url, problem }] };
  }
}

async function read(snapshots: Snapshots): Promise<RepositoryView> {
  const chains: ChainEvidence[] = [];
  const rejected: RejectedEvidence[] = [];
  const guarantees = await snapshots.repository.probe();
  for await (const logId of snapshots.listLogs()) {
    const newest = await newestSound(snapshots, logId);
    chains.push(...newest.chains);
    rejected.push(...newest.rejected);
  }
  const repositoryId = await snapshots.repositoryId();
  const greatestClaim = await snapshots.greatestClaim();
  const broken = rejected.length > 0;
  const holds = guarantees.createIfAbsent && guarantees.readAfterWrite && guarantees.listAfterWrite;
  const why = broken ? ['A newest snapshot in it is damaged.'] : guarantees.problems;
  return {
    chains,
    rejected,
    ...(repositoryId !== undefined && {
      evidence: {
        repositoryId,
        canFence: holds && !broken,
        ...(why.length > 0 && { whyNot: why.join(' ') }),
        ...(greatestClaim && { greatestClaim }),
      },
    }),
  };
}

/** A broken newest one is reported, and the newest sound one below it is still evidence. */
async function newestSound(snapshots: Snapshots, logId: LogId) {
  const newest = await snapshots.newest(logId);
  if (newest === undefined) return { chains: [], rejected: [] };
  if ('document' in newest) return { chains: [evidenceOf(newest.document)], rejected: [] };
  const rejected: RejectedEvidence[] = [
    { source: 'snapshot', name: describeRef(newest.ref), problem: newest.problem },
  ];
  let sound: ChainEvidence | undefined;
  for await (const item of snapshots.list(logId)) {
    if ('document' in item) sound = evidenceOf(item.document);
  }
  return { chains: sound === undefined ? [] : [sound], rejected };
}

function evidenceOf({ version, chain, takenAt }: SnapshotDocument): ChainEvidence {
  return { source: 'snapshot', name: `snapshot ${version} of log ${chain.logId}`, chain, takenAt };
}
