import type { ForeignConnection } from '../cli/connection.ts';
import type { ForeignConfig } from '../config/config.ts';
import { identifyProcess, processState } from '../drivers/local/processes.ts';
import { EtcdRegisterStore } from '../drivers/metastore-etcd/etcdRegisterStore.ts';
import { LocalRestateHands } from '../drivers/restate/localHands.ts';
import { OperatorRestateHands } from '../drivers/restate/operatorHands.ts';
import { RestateCluster } from '../drivers/restate/restateCluster.ts';
import type { ForeignCluster, NodeHands } from '../ports/ForeignCluster.ts';
import type { RegisterStore } from '../ports/RegisterStore.ts';
import { SetBackups } from '../snapshots/SetBackups.ts';
import { openConfiguredRepository, type Surroundings } from './connect.ts';
import { readCredential } from './credentials.ts';
import { etcdOptions } from './etcd.ts';
import { from } from './origin.ts';

/** Drivers for a cluster of another engine. Loaded only where a configuration names one. */
export async function connectForeign(
  config: ForeignConfig,
  around: Surroundings,
): Promise<{ connection: ForeignConnection; disconnect: () => Promise<void> }> {
  const cluster = await openCluster(config);
  const repository = await openConfiguredRepository(config, around.create);
  const { clock, random, reporter, prompter } = around;
  const writtenBy = `vlog-dr ${around.version}`;
  const backups = repository && new SetBackups({ repository, clock, writtenBy });
  const connection: ForeignConnection = {
    ...{ config, cluster, hands: handsFor(config, around), prompter, clock, random, reporter },
    ...(backups === undefined ? {} : { backups }),
  };
  const disconnect = async () => {
    await cluster.close();
    await repository?.close();
  };
  return { connection, disconnect };
}

/** A cluster by one address alone, before there is a configuration. */
export function foreignClusterAt(address: string, requestTimeoutMs: number): ForeignCluster {
  return new RestateCluster({ addresses: [address], requestTimeoutMs });
}

async function openCluster(config: ForeignConfig): Promise<RestateCluster> {
  const { caFile, certFile, keyFile } = config.tls ?? {};
  const registers = await openRegisters(config);
  return new RestateCluster({
    addresses: config.addresses,
    requestTimeoutMs: config.timeouts.requestMs,
    tls: {
      ...(caFile === undefined ? {} : { ca: await readCredential(caFile, 'certificate file') }),
      ...(certFile === undefined ? {} : { cert: await readCredential(certFile, 'certificate file') }),
      ...(keyFile === undefined ? {} : { key: await readCredential(keyFile, 'key file') }),
    },
    ...(registers === undefined ? {} : { registers }),
  });
}

/** `undefined`: they are in the nodes. */
async function openRegisters({ metaStore, timeouts }: ForeignConfig): Promise<RegisterStore | undefined> {
  if (metaStore.kind === 'builtin') return undefined;
  const around = { requestTimeoutMs: timeouts.requestMs };
  return from('metaStore', new EtcdRegisterStore(await etcdOptions({ ...metaStore, prefix: '' }, around)));
}

function handsFor({ nodes, localRunDir, addresses }: ForeignConfig, around: Surroundings): NodeHands {
  const places = nodes.length > 0 ? nodes : addresses.map((address) => ({ name: address, address }));
  return localRunDir === undefined
    ? new OperatorRestateHands(places, around)
    : new LocalRestateHands(nodes, {
        clock: around.clock,
        runDir: localRunDir,
        processes: { identify: identifyProcess, state: processState },
      });
}
