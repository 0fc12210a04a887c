import { DrError } from '../core/errors.ts';
import type { BackupDeps } from '../operations/backup/deps.ts';
import type { Connection } from './connection.ts';

/** What the backup operations work with. Throws `E_CONFIG` where no repository is configured. */
export function backupDeps({ cluster, config }: Connection): BackupDeps {
  const { metaStore, snapshots, reporter, logServers } = cluster;
  if (snapshots !== undefined) return { metaStore, snapshots, reporter, logServers };
  throw new DrError('E_CONFIG', {
    message: `${config.file} names no repository. Nothing was read or written.`,
    hint: 'Add `repository: {url: …}`, or give `--repository URL`.',
    context: { file: config.file },
  });
}
