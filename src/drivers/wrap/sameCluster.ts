import type { Chain } from '../../core/chain.ts';
import { DrError } from '../../core/errors.ts';
import type { ClusterId } from '../../core/ids.ts';
import type { ChainCache } from '../../ports/ChainCache.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';

/** The same MetaStore; a chain of another cluster in it stops everything: the address or the configuration is wrong. */
export function ofCluster(clusterId: ClusterId, store: MetaStore): MetaStore {
  const ours = <C extends Chain | undefined>(chain: C): C => {
    if (chain === undefined || chain.clusterId === clusterId) return chain;
    throw new DrError('E_WRONG_CLUSTER', {
      message: `The MetaStore at ${store.description.endpoints.join(', ')} holds log ${chain.logId} of cluster ${chain.clusterId}; the configuration is of ${clusterId}. Nothing was changed.`,
      context: { found: chain.clusterId, configured: clusterId },
    });
  };
  async function* allOurs(chains: AsyncIterable<Chain>): AsyncGenerator<Chain> {
    for await (const chain of chains) yield ours(chain);
  }
  return {
    description: store.description,
    get: async (logId) => ours(await store.get(logId)),
    list: () => store.list(),
    compareAndSet: (logId, expected, chain) => store.compareAndSet(logId, expected, ours(chain)),
    proveWritable: (logId) => store.proveWritable(logId),
    watch: (logId, after, signal) => allOurs(store.watch(logId, after, signal)),
    history: (logId) => allOurs(store.history(logId)),
    health: () => store.health(),
    close: () => store.close(),
  };
}

/**
 * The same cache; a chain of another cluster in it stops everything. Where a MetaStore keeps each cluster apart, a wrong id
 * finds an empty register, and the cached chain would lead appends into the other cluster's log.
 */
export function cacheOfCluster(clusterId: ClusterId, cache: ChainCache): ChainCache {
  return {
    load: async (logId) => {
      const chain = await cache.load(logId);
      if (chain === undefined || chain.clusterId === clusterId) return chain;
      throw new DrError('E_WRONG_CLUSTER', {
        message: `The chain of log ${logId} that this machine used last is of cluster ${chain.clusterId}; the configuration is of ${clusterId}. Nothing was changed.`,
        hint: 'Check `--config`. For another cluster give another `--state-dir` or `--chain-cache`.',
        context: { found: chain.clusterId, configured: clusterId },
      });
    },
    save: (chain) => cache.save(chain),
  };
}
