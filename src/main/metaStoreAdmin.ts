import { join } from 'node:path';
import type { Config, EtcdConfig, ForeignConfig } from '../config/config.ts';
import { DrError } from '../core/errors.ts';
import { chainsIn, registersIn } from '../drivers/etcd-admin/held.ts';
import type { Engine, EtcdAdminOptions } from '../drivers/etcd-admin/options.ts';
import { identifyProcess, processState } from '../drivers/local/processes.ts';
import { EtcdMetaStore } from '../drivers/metastore-etcd/etcdMetaStore.ts';
import { EtcdRegisterStore } from '../drivers/metastore-etcd/etcdRegisterStore.ts';
import { EtcdGateway, type GatewayOptions } from '../drivers/metastore-etcd/gateway.ts';
import type { Clock } from '../ports/Clock.ts';
import type { MetaStore } from '../ports/MetaStore.ts';
import type {
  MemberPlace,
  MetaStoreAdmin,
  RegisterStoreAdmin,
  SurvivorContents,
  SurvivorSet,
} from '../ports/MetaStoreAdmin.ts';
import type { Reporter } from '../ports/Reporter.ts';
import { freePorts } from '../sandbox/ports.ts';
import { readCredential } from './credentials.ts';
import { etcdOptions } from './etcd.ts';

interface Around {
  readonly clock: Clock;
  readonly reporter: Reporter;
}

/** The members of the configured MetaStore, as processes with data directories. */
export async function openMetaStoreAdmin(config: Config, around: Around): Promise<MetaStoreAdmin> {
  const { metaStore, cluster, timeouts } = config;
  const isEtcd = metaStore.kind === 'etcd';
  const etcd: EtcdConfig = isEtcd
    ? metaStore
    : { kind: 'etcd', endpoints: [], prefix: `/vlog-dr/${cluster.id}` };
  const reach = await etcdOptions(etcd, { clusterId: cluster.id, requestTimeoutMs: timeouts.requestMs });
  const engine: Engine<MetaStore, Pick<SurvivorContents, 'chains'>> = {
    prefix: etcd.prefix,
    openRegisters: (endpoints) => new EtcdMetaStore({ ...reach, endpoints }),
    read: async (store) => {
      const { chains, problems } = await chainsIn(store);
      return { held: { chains }, problems };
    },
    openFile: async (dir) => {
      const { openFileMetaStore } = await import('../drivers/metastore-file/fileMetaStore.ts');
      return await openFileMetaStore({ dir, clusterId: cluster.id });
    },
  };
  const members = isEtcd ? membersOf(config, metaStore) : [];
  const options = await optionsOf(config, { etcd, reach, members }, around);
  const { EtcdAdmin } = await import('../drivers/etcd-admin/etcdAdmin.ts');
  return new EtcdAdmin(options, engine, isEtcd ? 'etcd' : 'file');
}

/** The members of the etcd in which another engine keeps its registers. */
export async function openRegisterStoreAdmin(
  config: ForeignConfig,
  etcd: Omit<EtcdConfig, 'prefix'>,
  around: Around,
): Promise<RegisterStoreAdmin> {
  const { requestMs } = config.timeouts;
  const reach = await etcdOptions({ ...etcd, prefix: '' }, { requestTimeoutMs: requestMs });
  const engine: Engine<EtcdRegisterStore, Pick<SurvivorSet, 'registers'>> = {
    openRegisters: (endpoints) => new EtcdRegisterStore({ ...reach, endpoints }),
    read: async (store) => {
      const { registers, problems } = await registersIn(store);
      return { held: { registers }, problems, keys: await store.countOf(registers) };
    },
  };
  const options = await optionsOf(config, { etcd, reach, members: membersOf(config, etcd) }, around);
  const { EtcdAdmin } = await import('../drivers/etcd-admin/etcdAdmin.ts');
  return new EtcdAdmin(options, engine, 'etcd');
}

/** How members, and copies of them, are spoken to: with the configured user and certificates. */
async function optionsOf(
  { stateDir }: Pick<Config, 'stateDir'>,
  store: {
    readonly etcd: Omit<EtcdConfig, 'prefix'>;
    readonly reach: GatewayOptions;
    readonly members: readonly MemberPlace[];
  },
  around: Around,
): Promise<EtcdAdminOptions> {
  const { etcd, reach, members } = store;
  return {
    ...around,
    members,
    workDir: join(stateDir, 'force-new-cluster'),
    processes: { identify: identifyProcess, state: processState },
    freePorts,
    openGateway: (endpoint: string) => new EtcdGateway({ ...reach, endpoints: [endpoint] }),
    credentials: await credentialsOf(etcd),
    ...(etcd.localRunDir !== undefined && { localRunDir: etcd.localRunDir }),
  };
}

async function credentialsOf(etcd: Omit<EtcdConfig, 'prefix'>): Promise<Record<string, string>> {
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

function membersOf(
  { file }: Pick<Config, 'file'>,
  { members, endpoints }: Omit<EtcdConfig, 'prefix'>,
): readonly MemberPlace[] {
  if (members !== undefined && members.length > 0) return members;
  throw new DrError('E_CONFIG', {
    message: `${file} does not name the members of this etcd, only addresses for clients. Nothing was done.`,
    hint: `Add \`metaStore.members\`: for each a name, clientUrl (${endpoints.join(', ')}), peerUrl and dataDir, as \`etcdctl member list\` shows them.`,
    context: { file },
  });
}
