import type { MetaStore } from '../../ports/MetaStore.ts';
import type { Reporter } from '../../ports/Reporter.ts';
import type { Snapshots } from '../../snapshots/Snapshots.ts';

/** What the operations on backups need; a `Cluster` with a repository has it. */
export interface BackupDeps {
  readonly metaStore: MetaStore;
  readonly snapshots: Snapshots;
  readonly reporter: Reporter;
}
