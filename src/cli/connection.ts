import type { Config, ForeignConfig } from '../config/config.ts';
import type { LogId } from '../core/ids.ts';
import type { Cluster } from '../operations/cluster.ts';
import type { ChainCache } from '../ports/ChainCache.ts';
import type { Clock } from '../ports/Clock.ts';
import type { ForeignCluster, NodeHands } from '../ports/ForeignCluster.ts';
import type { Prompter } from '../ports/Prompter.ts';
import type { Random } from '../ports/Random.ts';
import type { Reporter } from '../ports/Reporter.ts';
import type { SetBackups } from '../snapshots/SetBackups.ts';
import { VirtualLog } from '../virtuallog/VirtualLog.ts';

/** A configured cluster, with a driver for each of its parts. Nothing has been asked of it yet. */
export interface Connection {
  readonly config: Config;
  readonly cluster: Cluster;
  readonly prompter: Prompter;
  /** The chains that clients of this machine read last: evidence for a recovery. */
  readonly chainCache: ChainCache;
}

/** A configured cluster of another engine. Nothing has been asked of it yet. */
export interface ForeignConnection {
  readonly config: ForeignConfig;
  readonly cluster: ForeignCluster;
  readonly hands: NodeHands;
  readonly prompter: Prompter;
  /** Absent without a repository. */
  readonly backups?: SetBackups;
  readonly clock: Clock;
  readonly random: Random;
  readonly reporter: Reporter;
}

/** Whatever cluster a plan is made for. */
export type AnyConnection = Connection | ForeignConnection;

export function isForeignConnection(connection: AnyConnection): connection is ForeignConnection {
  return 'hands' in connection;
}

/** The client of one log, as this configuration wants it. */
export function openLog(
  { cluster, config, chainCache }: Connection,
  logId: LogId,
  options: { readonly cached?: boolean; readonly mayReconfigure?: boolean } = {},
): VirtualLog {
  const { appendMs, suspectMs } = config.timeouts;
  return new VirtualLog({
    logId,
    metaStore: cluster.metaStore,
    logServers: cluster.logServers,
    ...(cluster.snapshots === undefined ? {} : { snapshots: cluster.snapshots }),
    ...(cluster.archive === undefined ? {} : { archive: cluster.archive }),
    clock: cluster.clock,
    random: cluster.random,
    reporter: cluster.reporter,
    policy: cluster.policy,
    patience: { appendTimeoutMs: appendMs, suspectMs },
    append: { mayReconfigure: options.mayReconfigure ?? true },
    ...(options.cached === false ? {} : { chainCache }),
  });
}
