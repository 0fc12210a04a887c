import type { ServerId } from '../../core/ids.ts';
import type { LogServer } from '../../ports/LogServer.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';
import type { Reporter } from '../../ports/Reporter.ts';
import type { Snapshots } from '../../snapshots/Snapshots.ts';

/** What the operations on backups need; a `Cluster` with a repository has it. */
export interface BackupDeps {
  readonly metaStore: MetaStore;
  readonly snapshots: Snapshots;
  readonly reporter: Reporter;
  /** Asked for versions that the MetaStore has forgotten; without them those are gaps. */
  readonly logServers?: ReadonlyMap<ServerId, LogServer>;
}
