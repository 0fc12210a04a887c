import { DrError } from '../core/errors.ts';
import type { BackupDeps } from '../operations/backup/deps.ts';
import type { DataBackupDeps } from '../operations/backupData/backupData.ts';
import type { Connection } from './connection.ts';

/** What the backup operations work with. Throws `E_CONFIG` where no repository is configured. */
export function backupDeps({ cluster, config }: Connection): BackupDeps {
  const { metaStore, snapshots, reporter, logServers } = cluster;
  if (snapshots !== undefined) return { metaStore, snapshots, reporter, logServers };
  throw noRepository(config.file);
}

/** The same for the entries of logs. */
export function dataDeps({ cluster, config }: Connection): DataBackupDeps {
  const { archive } = cluster;
  if (archive !== undefined) return { cluster, archive };
  throw noRepository(config.file);
}

function noRepository(file: string): DrError {
  return new DrError('E_CONFIG', {
    message: `${file} names no repository. Nothing was read or written.`,
    hint: 'Add `repository: {url: …}`, or give `--repository URL`.',
    context: { file },
  });
}
