import type { SetBackupResult } from '../../../codec/results/setBackup.ts';
import type { ForeignCluster } from '../../../ports/ForeignCluster.ts';
import { idOf, type SetBackups } from '../../../snapshots/SetBackups.ts';
import { type ExpectedOwner, type TakenSet, takeSet } from './takeSet.ts';

export interface BackupDeps {
  readonly cluster: ForeignCluster;
  readonly backups: SetBackups;
  readonly expected: ExpectedOwner;
}

/** One backup of everything that the cluster's registers hold, now. Idempotent: an equal set is there once. */
export async function backupSet(deps: BackupDeps): Promise<SetBackupResult> {
  return await keepSet(deps, await takeSet(deps.cluster, deps.expected));
}

export async function keepSet({ backups }: BackupDeps, taken: TakenSet): Promise<SetBackupResult> {
  const { owner, set, source, because } = taken;
  const { outcome, ref } = await backups.write(owner, set, source);
  return {
    ok: source === 'store',
    repository: backups.repository.url,
    cluster: { name: owner.name, fingerprint: owner.fingerprint.toString() },
    ...{ id: idOf(ref.key), outcome, source, takenAt: ref.takenAt },
    ...(because === undefined ? {} : { because }),
    registers: Object.fromEntries([...set].map(([key, { version }]) => [key, version])),
  };
}
