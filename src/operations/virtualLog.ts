import type { LogId } from '../core/ids.ts';
import type { MetaStore } from '../ports/MetaStore.ts';
import { ChainView } from '../virtuallog/chainView.ts';
import type { LogContext } from '../virtuallog/context.ts';
import { DEFAULT_PATIENCE } from '../virtuallog/policy.ts';
import type { Cluster } from './cluster.ts';

/** A log's client inside an operation: it knows only what the register says. */
export function logContext(
  cluster: Cluster,
  logId: LogId,
  metaStore: MetaStore = cluster.metaStore,
): LogContext {
  const { logServers, snapshots, archive, clock, random, reporter, policy } = cluster;
  return {
    logId,
    metaStore,
    logServers,
    ...(snapshots && { snapshots }),
    ...(archive && { archive }),
    clock,
    random,
    reporter,
    policy,
    patience: DEFAULT_PATIENCE,
    view: new ChainView({ logId, metaStore, cache: undefined, reporter }),
    knownActive: new Set(),
  };
}
