import type { Chain } from '../../core/chain.ts';
import { isPortError } from '../../core/errors.ts';
import type { Cluster } from '../cluster.ts';

export interface KnownChain {
  readonly chain: Chain;
  readonly from: 'register' | 'snapshot';
}

/** Where logs lie now. Read-only; what the MetaStore does not say is taken from the repository. */
export async function lookAtChains(
  cluster: Cluster,
): Promise<{ readonly chains: readonly KnownChain[]; readonly problems: readonly string[] }> {
  try {
    return { chains: await fromRegisters(cluster), problems: [] };
  } catch (error) {
    if (!isPortError(error)) throw error;
    const chains = await fromSnapshots(cluster);
    const instead = chains.length === 0 ? 'No log was looked at' : 'Chains are those of the newest snapshots';
    return { chains, problems: [`The MetaStore does not say where logs lie: ${error.message}. ${instead}.`] };
  }
}

async function fromRegisters({ metaStore }: Cluster): Promise<KnownChain[]> {
  const known: KnownChain[] = [];
  for (const logId of await metaStore.list()) {
    const chain = await metaStore.get(logId);
    if (chain !== undefined) known.push({ chain, from: 'register' });
  }
  return known;
}

async function fromSnapshots({ snapshots }: Cluster): Promise<KnownChain[]> {
  const known: KnownChain[] = [];
  try {
    for await (const logId of snapshots?.listLogs() ?? []) {
      const newest = await snapshots?.newest(logId);
      if (newest !== undefined && 'document' in newest)
        known.push({ chain: newest.document.chain, from: 'snapshot' });
    }
  } catch (error) {
    if (!isPortError(error)) throw error;
  }
  return known;
}
