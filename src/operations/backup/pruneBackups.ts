import type { LogArchive } from '../../archive/LogArchive.ts';
import type { BackupsPruneResult } from '../../codec/results/backup.ts';
import type { Chain } from '../../core/chain.ts';
import { DrError } from '../../core/errors.ts';
import type { LogId } from '../../core/ids.ts';
import type { SnapshotRef } from '../../snapshots/keys.ts';
import { namedData, prunableData } from '../backupData/pruneData.ts';
import type { BackupDeps } from './deps.ts';
import { idOf } from './id.ts';
import { type Prunable, planPrune, type Retention } from './plan.ts';

type Place = Prunable & { readonly ref: SnapshotRef; readonly chain?: Chain };

/** What a prune would delete, and of whom. */
export interface PrunePlan {
  readonly repository: string;
  readonly logs: readonly {
    readonly logId: LogId;
    readonly kept: number;
    readonly delete: readonly SnapshotRef[];
    readonly newest: SnapshotRef | undefined;
    readonly skipped?: string;
    /** Keys of entries that no kept chain needs. */
    readonly data?: readonly string[];
  }[];
}

/** Reads only. A log with damage is left as it is: what looks superfluous may be the last sound copy. */
export async function planPruneBackups(
  { snapshots, metaStore }: BackupDeps,
  retention: Retention,
  archive?: LogArchive,
): Promise<PrunePlan> {
  if (!Number.isSafeInteger(retention.keep) || retention.keep < 1)
    throw new DrError('E_USAGE', {
      message: 'At least one snapshot of a log has to be kept. Nothing was deleted.',
    });
  const logs: PrunePlan['logs'][number][] = [];
  for await (const logId of snapshots.listLogs()) {
    const { chains, ...log } = await planLog(snapshots, logId, retention);
    // Without the register nobody tells what the log needs now.
    const register = archive && (await metaStore.get(logId));
    const isClear = archive !== undefined && register !== undefined && !('skipped' in log);
    const data = isClear ? prunableData(await namedData(archive, logId), [register, ...chains]) : undefined;
    logs.push({ ...log, ...(data && { data }) });
  }
  return { repository: snapshots.repository.url, logs };
}

async function planLog(snapshots: BackupDeps['snapshots'], logId: LogId, retention: Retention) {
  const places: Place[] = [];
  for await (const found of snapshots.documents(logId)) {
    if ('problem' in found)
      return {
        logId,
        kept: places.length,
        chains: [],
        delete: [],
        newest: undefined,
        skipped: `${idOf(found.ref)} is damaged.`,
      };
    const { kind, version, takenAt } = found.document;
    const chain = found.document.kind === 'snapshot' ? found.document.chain : undefined;
    if (kind === 'snapshot' || kind === 'gap')
      places.push({ ref: found.ref, version, kind, takenAt, ...(chain && { chain }) });
  }
  const superfluous = planPrune(places, retention);
  const kept = places.slice(superfluous.length).filter(({ kind }) => kind === 'snapshot');
  const chains = kept.flatMap(({ chain }) => chain ?? []);
  const refs = superfluous.map(({ ref }) => ref);
  return { logId, kept: kept.length, chains, delete: refs, newest: kept.at(-1)?.ref };
}

/**
 * Deletes what the plan says, oldest first. Before each log it reads the snapshot that is to stay: when that one is
 * not sound any more, nothing of the log is deleted.
 */
export async function applyPrune(
  deps: BackupDeps,
  plan: PrunePlan,
  archive?: LogArchive,
): Promise<BackupsPruneResult> {
  for (const log of plan.logs) {
    const data = log.data ?? [];
    if (log.delete.length + data.length === 0 || log.newest === undefined) continue;
    await deps.snapshots.read(log.newest);
    // Snapshots first: while one is there that needs entries, they are there too.
    for (const ref of log.delete) await deps.snapshots.remove(ref);
    for (const key of data) await archive?.remove(key);
  }
  return describePrune(plan, { applied: true });
}

export function describePrune(
  plan: PrunePlan,
  { applied }: { readonly applied: boolean },
): BackupsPruneResult {
  return {
    applied,
    repository: plan.repository,
    logs: plan.logs.map(({ logId, kept, delete: refs, skipped, data }) => ({
      logId,
      kept,
      deleted: refs.map(idOf),
      ...(skipped !== undefined && { skipped }),
      ...(data && { data: [...data] }),
    })),
  };
}
