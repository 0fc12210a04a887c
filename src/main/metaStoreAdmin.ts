import { join } from 'node:path';
import type { Config, EtcdConfig } from '../config/config.ts';
import { DrError } from '../core/errors.ts';
import type { EtcdAdminOptions } from '../drivers/etcd-admin/options.ts';
import { identifyProcess, processState } from '../drivers/local/processes.ts';
import { EtcdMetaStore } from '../drivers/metastore-etcd/etcdMetaStore.ts';
import { EtcdGateway } from '../drivers/metastore-etcd/gateway.ts';
import type { Clock } from '../ports/Clock.ts';
import type { MemberPlace, MetaStoreAdmin } from '../ports/MetaStoreAdmin.ts';
import type { Reporter } from '../ports/Reporter.ts';
import { freePorts } from '../sandbox/ports.ts';
import { readCredential } from './credentials.ts';
import { etcdOptions } from './etcd.ts';

/** The members of the configured MetaStore, as processes with data directories. */
export async function openMetaStoreAdmin(
  config: Config,
  around: { readonly clock: Clock; readonly reporter: Reporter },
): Promise<MetaStoreAdmin> {
  const { metaStore } = config;
  const common = {
    ...around,
    workDir: join(config.stateDir, 'force-new-cluster'),
    processes: { identify: identifyProcess, state: processState },
    freePorts,
    openFile: async (dir: string) => {
      const { openFileMetaStore } = await import('../drivers/metastore-file/fileMetaStore.ts');
      return await openFileMetaStore({ dir, clusterId: config.cluster.id });
    },
  };
  const etcd: EtcdConfig =
    metaStore.kind === 'etcd'
      ? metaStore
      : { kind: 'etcd', endpoints: [], prefix: `/vlog-dr/${config.cluster.id}` };
  const options: EtcdAdminOptions = {
    ...common,
    ...(await reaching(config, etcd)),
    members: metaStore.kind === 'etcd' ? membersOf(config, metaStore) : [],
    prefix: etcd.prefix,
    ...(etcd.localRunDir !== undefined && { localRunDir: etcd.localRunDir }),
  };
  const { EtcdAdmin } = await import('../drivers/etcd-admin/etcdAdmin.ts');
  return new EtcdAdmin(options, metaStore.kind === 'etcd' ? 'etcd' : 'file');
}

/** How members, and copies of them, are spoken to: with the configured user and certificates. */
async function reaching(config: Config, etcd: EtcdConfig) {
  const around = { clusterId: config.cluster.id, requestTimeoutMs: config.timeouts.requestMs };
  const options = await etcdOptions(etcd, around);
  return {
    openGateway: (endpoint: string) => new EtcdGateway({ ...options, endpoints: [endpoint] }),
    credentials: await credentialsOf(etcd),
    openRegisters: (endpoints: readonly string[]) => new EtcdMetaStore({ ...options, endpoints }),
  };
}

async function credentialsOf(etcd: EtcdConfig): Promise<Record<string, string>> {
  const { caFile, certFile, keyFile, username, passwordFile } = etcd;
  return {
    ...(caFile !== undefined && { ETCDCTL_CACERT: caFile }),
    ...(certFile !== undefined && { ETCDCTL_CERT: certFile }),
    ...(keyFile !== undefined && { ETCDCTL_KEY: keyFile }),
    ...(username !== undefined &&
      passwordFile !== undefined && {
        ETCDCTL_USER: `${username}:${await readCredential(passwordFile, 'password file')}`,
      }),
  };
}

function membersOf(config: Config, { members, endpoints }: EtcdConfig): readonly MemberPlace[] {
  if (members !== undefined && members.length > 0) return members;
  throw new DrError('E_CONFIG', {
    message: `${config.file} does not name the members of this etcd, only addresses for clients. Nothing was done.`,
    hint: `Add \`metaStore.members\`: for each a name, clientUrl (${endpoints.join(', ')}), peerUrl and dataDir, as \`etcdctl member list\` shows them.`,
    context: { file: config.file },
  });
}
