import { toJson } from '../../codec/common.ts';
import type { BackupsDiffResult, BackupsListResult, BackupsShowResult } from '../../codec/results/backup.ts';
import type { LogId } from '../../core/ids.ts';
import type { Found } from '../../snapshots/read.ts';
import type { BackupDeps } from './deps.ts';
import { diffChains } from './diff.ts';
import { findSnapshot, idOf } from './id.ts';

/** What the repository holds, read and checked. Damaged snapshots are among the others. */
export async function listBackups(
  { snapshots }: BackupDeps,
  options: { readonly logs?: readonly LogId[] } = {},
): Promise<BackupsListResult> {
  const result: BackupsListResult = {
    repository: snapshots.repository.url,
    snapshots: [],
    fences: [],
    configSavedAt: (await snapshots.loadConfig())?.savedAt ?? null,
  };
  for await (const logId of options.logs ?? snapshots.listLogs())
    for await (const found of snapshots.documents(logId)) add(result, found);
  return result;
}

function add(result: BackupsListResult, found: Found): void {
  const { logId, generation, version } = found.ref;
  const named = { id: idOf(found.ref), logId, generation, version };
  if ('problem' in found) {
    result.snapshots.push({ ...named, state: 'damaged', problem: found.problem });
    return;
  }
  const { document, sizeBytes } = found;
  if (document.kind === 'fence') result.fences.push({ ...named, recovery: document.recovery });
  if (document.kind !== 'snapshot') return;
  const { takenAt, writtenBy, chain } = document;
  const about = {
    takenAt,
    writtenBy,
    segments: chain.segments.length,
    trimPoint: chain.trimPoint,
    sizeBytes,
  };
  result.snapshots.push({ ...named, state: 'sound', ...about });
}

/** One snapshot as it is stored. `id`: see `findSnapshot`. */
export async function showBackup(deps: BackupDeps, id: string): Promise<BackupsShowResult> {
  const ref = await findSnapshot(deps, id);
  const document = await deps.snapshots.read(ref);
  return {
    id: idOf(ref),
    ...ref,
    repository: deps.snapshots.repository.url,
    document: JSON.parse(toJson(document)) as Record<string, unknown>,
  };
}

/** What changed from one snapshot to another. */
export async function diffBackups(
  deps: BackupDeps,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<BackupsDiffResult> {
  const [before, after] = [await findSnapshot(deps, from), await findSnapshot(deps, to)];
  const [older, newer] = [await deps.snapshots.read(before), await deps.snapshots.read(after)];
  return {
    repository: deps.snapshots.repository.url,
    from: idOf(before),
    to: idOf(after),
    changes: diffChains(older.chain, newer.chain),
  };
}
