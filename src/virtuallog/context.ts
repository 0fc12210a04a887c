import type { LogArchive } from '../archive/LogArchive.ts';
import type { LogId, LogletId, ServerId } from '../core/ids.ts';
import type { Clock } from '../ports/Clock.ts';
import type { LogServer } from '../ports/LogServer.ts';
import type { MetaStore } from '../ports/MetaStore.ts';
import type { Random } from '../ports/Random.ts';
import type { Reporter } from '../ports/Reporter.ts';
import type { ChainView } from './chainView.ts';
import type { LogSnapshots } from './logSnapshots.ts';
import type { LogletPolicy, Patience } from './policy.ts';

/** What the parts of one log's client share. */
export interface LogContext {
  readonly logId: LogId;
  readonly metaStore: MetaStore;
  readonly logServers: ReadonlyMap<ServerId, LogServer>;
  /** Without a repository nothing is written to it; a log that requires snapshots cannot be reconfigured then. */
  readonly snapshots?: LogSnapshots;
  /** Where segments are read whose servers are lost. */
  readonly archive?: LogArchive;
  readonly clock: Clock;
  readonly random: Random;
  readonly reporter: Reporter;
  readonly policy: LogletPolicy;
  readonly patience: Patience;
  readonly view: ChainView;
  /** Loglets that were seen active on a commit quorum: it never ceases to be true. */
  readonly knownActive: Set<LogletId>;
}
