import type { Chain } from '../core/chain.ts';
import { DrError, isPortError } from '../core/errors.ts';
import type { LogId } from '../core/ids.ts';
import type { ServerStatus } from '../core/logletState.ts';
import { askAll } from '../virtuallog/askAll.ts';
import { metaStoreFailed } from '../virtuallog/chainView.ts';
import type { Cluster } from './cluster.ts';

/**
 * The register's chain, or an error that tells an unknown log from a lost register: servers that hold loglets of a log
 * prove that it had one.
 */
export async function registerOf(cluster: Cluster, logId: LogId): Promise<Chain> {
  const chain = await readRegister(cluster, logId);
  if (chain !== undefined) return chain;
  const holders = await holdersOf(cluster, logId);
  if (holders.length === 0)
    throw new DrError('E_UNKNOWN_LOG', {
      message: `There is no log ${logId}: neither the MetaStore nor any server that answers knows it. Nothing was changed.`,
    });
  throw new DrError('E_METASTORE_LOST', {
    message: `The register of log ${logId} is empty, and ${holders.join(', ')} hold loglets of it. Nothing was changed; appends go on.`,
    context: { logId },
  });
}

async function readRegister(cluster: Cluster, logId: LogId): Promise<Chain | undefined> {
  try {
    return await cluster.metaStore.get(logId);
  } catch (error) {
    if (!isPortError(error, 'unavailable', 'outcomeUnknown')) throw error;
    throw metaStoreFailed(error, 'Nothing was changed; appends go on.');
  }
}

async function holdersOf(cluster: Cluster, logId: LogId): Promise<string[]> {
  const replies = await askAll(cluster.logServers, cluster.logServers.keys(), async (server) => {
    let loglets = 0;
    for await (const item of server.inventory({ logId })) {
      if (item.item === 'server') mustBeOurs(cluster, item.status);
      if (item.item === 'loglet') loglets += 1;
    }
    return { ok: true, value: loglets };
  });
  return replies.flatMap((reply) => (reply.said === 'yes' && reply.value > 0 ? [reply.serverId] : []));
}

/** A wrong id finds no register where clusters share a MetaStore: that is no lost one. */
export function mustBeOurs(
  { clusterId }: Cluster,
  status: Pick<ServerStatus, 'serverId' | 'clusterId'>,
): void {
  if (status.clusterId === undefined || status.clusterId === clusterId) return;
  throw new DrError('E_WRONG_CLUSTER', {
    message: `${status.serverId} is of cluster ${status.clusterId}; the configuration is of ${clusterId}. Nothing was changed.`,
    context: { found: status.clusterId, configured: clusterId },
  });
}
