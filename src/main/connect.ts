import { join, resolve } from 'node:path';
import { LogArchive } from '../archive/LogArchive.ts';
import type { Connection } from '../cli/connection.ts';
import { Descriptors } from '../codec/descriptors.ts';
import type { Config, RepositoryConfig } from '../config/config.ts';
import { isEtcdAddress, parseEtcdAddress } from '../config/etcdAddress.ts';
import type { SnapshotPolicy } from '../core/chain.ts';
import { DrError, isPortError } from '../core/errors.ts';
import type { ServerId } from '../core/ids.ts';
import { FileChainCache } from '../drivers/chain-cache-file.ts';
import { cacheOfCluster, ofCluster } from '../drivers/wrap/sameCluster.ts';
import type { Cluster } from '../operations/cluster.ts';
import type { Clock } from '../ports/Clock.ts';
import type { LogServer } from '../ports/LogServer.ts';
import type { MetaStore } from '../ports/MetaStore.ts';
import type { Prompter } from '../ports/Prompter.ts';
import type { Random } from '../ports/Random.ts';
import type { Reporter } from '../ports/Reporter.ts';
import type { Repository } from '../ports/Repository.ts';
import { Snapshots } from '../snapshots/Snapshots.ts';
import { absentRepository } from './absentRepository.ts';
import { readCredential } from './credentials.ts';
import { from, openedFrom } from './origin.ts';

export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly reporter: Reporter;
  readonly prompter: Prompter;
  readonly version: string;
  /** The command makes things: a repository that nobody has used yet is given an identity. */
  readonly create: boolean;
}

interface Credentials {
  readonly token?: string;
  readonly ca?: string;
}

/** A driver for each part of the cluster. Only those that the configuration names are loaded. */
export async function connect(
  config: Config,
  around: Surroundings,
): Promise<{ connection: Connection; disconnect: () => Promise<void> }> {
  const credentials = await readCredentials(config);
  const [logServers, metaStore, repository] = await Promise.all([
    openLogServers(config, credentials),
    openMetaStore(config, credentials, around.reporter),
    openConfiguredRepository(config, around.create),
  ]);
  const { clock, random, reporter, prompter } = around;
  const writtenBy = `vlog-dr ${around.version}`;
  const snapshots =
    repository && new Snapshots({ repository, clusterId: config.cluster.id, clock, random, writtenBy });
  const cluster: Cluster = {
    clusterId: config.cluster.id,
    name: config.cluster.name,
    logServers,
    locations: new Map(config.logServers.map(({ id, location }) => [id, location])),
    metaStore,
    ...(snapshots === undefined ? {} : { snapshots }),
    ...(repository && { archive: new LogArchive({ repository, clusterId: config.cluster.id }) }),
    policy: {
      durability: config.durability,
      nodesetSize: config.nodesetSize,
      nextRules: [
        { durability: config.durability, minNodesetSize: config.minNodesetSize, minZones: config.minZones },
      ],
      snapshots: await snapshotPolicy(config, snapshots, around),
    },
    clock,
    random,
    reporter,
  };
  const cacheDir = config.chainCacheDir ?? join(config.stateDir, 'chain-cache');
  const chainCache = cacheOfCluster(config.cluster.id, new FileChainCache(cacheDir));
  const disconnect = async () => {
    await Promise.all([...logServers.values()].map((server) => server.disconnect()));
    await metaStore.close();
    await repository?.close();
  };
  return { connection: { config, cluster, prompter, chainCache }, disconnect };
}

async function readCredentials({ tokenFile, caFile }: Config): Promise<Credentials> {
  return {
    ...(tokenFile === undefined ? {} : { token: await readCredential(tokenFile, 'token file') }),
    ...(caFile === undefined ? {} : { ca: await readCredential(caFile, 'certificate file') }),
  };
}

async function openLogServers(config: Config, credentials: Credentials): Promise<Map<ServerId, LogServer>> {
  const { HttpLogServer } = await import('../drivers/logserver-http/httpLogServer.ts');
  const { requestMs: requestTimeoutMs } = config.timeouts;
  const common = { requestTimeoutMs, waitOnce: true, descriptors: new Descriptors(), ...credentials };
  return new Map(
    config.logServers.map(({ id, url }) => [
      id,
      from('logServer', new HttpLogServer({ serverId: id, url, ...common })),
    ]),
  );
}

async function openMetaStore(
  config: Pick<Config, 'metaStore' | 'cluster' | 'timeouts'>,
  credentials: Credentials,
  reporter?: Reporter,
): Promise<MetaStore> {
  const opening = metaStoreDriver(config, credentials, reporter);
  return openedFrom(
    'metaStore',
    opening.then((driver) => ofCluster(config.cluster.id, driver)),
  );
}

async function metaStoreDriver(
  { metaStore, cluster, timeouts }: Pick<Config, 'metaStore' | 'cluster' | 'timeouts'>,
  credentials: Credentials,
  reporter: Reporter | undefined,
): Promise<MetaStore> {
  const { requestMs: requestTimeoutMs } = timeouts;
  switch (metaStore.kind) {
    case 'file': {
      const { openFileMetaStore } = await import('../drivers/metastore-file/fileMetaStore.ts');
      return await openFileMetaStore({ dir: metaStore.dir, clusterId: cluster.id });
    }
    case 'file-http': {
      const { HttpMetaStore } = await import('../drivers/metastore-http/httpMetaStore.ts');
      return new HttpMetaStore({ url: metaStore.url, requestTimeoutMs, ...credentials });
    }
    case 'etcd': {
      const { openEtcd } = await import('./etcd.ts');
      const onSkipped = (message: string) => reporter?.warn(message);
      return await openEtcd(metaStore, { clusterId: cluster.id, requestTimeoutMs, onSkipped });
    }
  }
}

/** Another MetaStore than the configured one, with the same credentials. */
export async function openMetaStoreAt(address: string, config: Config, cwd: string): Promise<MetaStore> {
  const metaStore = metaStoreAt(address, config, cwd);
  return await openMetaStore({ ...config, metaStore }, await readCredentials(config));
}

function metaStoreAt(address: string, config: Config, cwd: string): Config['metaStore'] {
  if (isEtcdAddress(address)) return etcdAt(address, config);
  if (/^https?:/.test(address)) return { kind: 'file-http', url: address };
  return { kind: 'file', dir: resolve(cwd, address.replace(/^file:\/\//, '')) };
}

function etcdAt(address: string, { metaStore, cluster }: Config): Config['metaStore'] {
  const parsed = parseEtcdAddress(address);
  if (parsed === undefined)
    throw new DrError('E_USAGE', {
      message: `${address} is no address of an etcd. Nothing was done.`,
      hint: 'Write it as etcd+http://host:port,host:port/prefix (etcd+https with TLS).',
    });
  const configured = metaStore.kind === 'etcd' ? metaStore : { kind: 'etcd' as const };
  return { ...configured, prefix: `/vlog-dr/${cluster.id}`, ...parsed };
}

/** `create`: a repository that is not there is made; without it a forgotten mount is an error, not a new one. */
export async function openConfiguredRepository(
  { repository }: Pick<Config, 'repository'>,
  create: boolean,
): Promise<Repository | undefined> {
  return repository && (await openRepositoryAt(repository, create));
}

export async function openRepositoryAt(repository: RepositoryConfig, create: boolean): Promise<Repository> {
  if (repository.url.startsWith('file:')) {
    const { openFileRepository } = await import('../drivers/repository-file/fileRepository.ts');
    try {
      return from('repository', await openFileRepository(repository.url, { create }));
    } catch (error) {
      if (!isPortError(error, 'unavailable', 'denied')) throw error;
      return from('repository', absentRepository(repository.url, error));
    }
  }
  const { openS3Repository } = await import('../drivers/repository-s3/s3Repository.ts');
  const { endpoint, region, pathStyle, encryption, retention } = repository;
  const opened = await openS3Repository(repository.url, {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(pathStyle === undefined ? {} : { pathStyle }),
    ...(encryption === undefined ? {} : { encryption }),
    ...(retention === undefined ? {} : { retention }),
  });
  return from('repository', opened);
}

/** What binds loglets made from here. The repository is named by its identity: an address can be given to another. */
async function snapshotPolicy(
  { repository }: Config,
  snapshots: Snapshots | undefined,
  { reporter, create }: Surroundings,
): Promise<SnapshotPolicy> {
  if (repository === undefined || snapshots === undefined || repository.mode === 'off')
    return { mode: 'off' };
  try {
    const repositoryId = await (create ? snapshots.ensureRepositoryIdentity() : snapshots.repositoryId());
    if (repositoryId !== undefined) return { mode: repository.mode, repositoryId };
    reporter.warn(`${repository.url} was never used: run \`vlog-dr backup\` once.`);
  } catch (error) {
    // A recovery must be possible while the repository is away; what its predecessor requires still binds a loglet.
    if (!isPortError(error, 'unavailable', 'denied', 'outcomeUnknown')) throw error;
    reporter.warn(`The repository cannot be used, nothing made now is bound to it: ${error.message}`);
  }
  return { mode: 'off' };
}
