import type { Config } from '../config/config.ts';
import type { LogId } from '../core/ids.ts';
import type { Cluster } from '../operations/cluster.ts';
import type { ChainCache } from '../ports/ChainCache.ts';
import type { Prompter } from '../ports/Prompter.ts';
import { VirtualLog } from '../virtuallog/VirtualLog.ts';

/** A configured cluster, with a driver for each of its parts. Nothing has been asked of it yet. */
export interface Connection {
  readonly config: Config;
  readonly cluster: Cluster;
  readonly prompter: Prompter;
  /** The chains that clients of this machine read last: evidence for a recovery. */
  readonly chainCache: ChainCache;
}

/** The client of one log, as this configuration wants it. */
export function openLog(
  { cluster, config, chainCache }: Connection,
  logId: LogId,
  options: { readonly cached?: boolean } = {},
): VirtualLog {
  const { appendMs, suspectMs } = config.timeouts;
  return new VirtualLog({
    logId,
    metaStore: cluster.metaStore,
    logServers: cluster.logServers,
    ...(cluster.snapshots === undefined ? {} : { snapshots: cluster.snapshots }),
    clock: cluster.clock,
    random: cluster.random,
    reporter: cluster.reporter,
    policy: cluster.policy,
    patience: { appendTimeoutMs: appendMs, suspectMs },
    ...(options.cached === false ? {} : { chainCache }),
  });
}
