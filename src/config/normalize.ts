import { parseDurability } from '../core/durability.ts';
import { clusterId, serverId } from '../core/ids.ts';
import type {
  Config,
  ConfigProblem,
  EtcdConfig,
  EtcdMemberTls,
  MetaStoreConfig,
  RepositoryConfig,
} from './config.ts';
import { isEtcdAddress, parseEtcdAddress } from './etcdAddress.ts';
import type { ClusterConfigInput, EtcdConfigInput } from './schema.ts';

/** Values that win over the file: from flags first, then from `VLOG_DR_*`. */
export interface ConfigOverrides {
  readonly stateDir?: string;
  readonly chainCacheDir?: string;
  readonly repository?: string;
  readonly metaStore?: string;
  readonly durability?: string;
  readonly requestTimeoutMs?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
}

/** What the file cannot know; paths in it are relative to its own directory, those of flags to the working one. */
export interface Surroundings {
  readonly file: string;
  resolveFromFile(path: string): string;
  resolveFromHere(path: string): string;
  defaultStateDir(clusterName: string): string;
}

const DEFAULTS = { requestMs: 5_000, appendMs: 15_000, suspectMs: 3_000, nodesetSize: 5 } as const;

/** Second stage: defaults, overrides, absolute paths. Adds to `problems` what it cannot make sense of. */
export function normalize(
  input: ClusterConfigInput,
  overrides: ConfigOverrides,
  around: Surroundings,
  problems: ConfigProblem[],
): Config {
  const nodesetSize = input.nodesetSize ?? Math.min(DEFAULTS.nodesetSize, input.logServers.length);
  const repository = repositoryOf(input.repository, overrides.repository);
  const chainCacheDir = pathOf(overrides.chainCacheDir, input.chainCacheDir, around);
  const tokenFile = pathOf(overrides.tokenFile, input.tokenFile, around);
  const caFile = pathOf(overrides.caFile, input.caFile, around);
  return {
    file: around.file,
    cluster: { name: input.cluster.name, id: clusterId(input.cluster.id) },
    metaStore: metaStoreOf(input, overrides.metaStore, around, problems),
    logServers: input.logServers.map((server) => ({
      id: serverId(server.id),
      url: server.url.replace(/\/+$/, ''),
      location: server.location,
    })),
    ...(repository === undefined ? {} : { repository }),
    durability: durabilityOf(overrides.durability ?? input.durability ?? 'all', problems),
    nodesetSize,
    // A majority of all servers: a silent minority can then not host a successor that nobody saw.
    minNodesetSize:
      input.minNodesetSize ?? Math.min(nodesetSize, Math.floor(input.logServers.length / 2) + 1),
    minZones: input.minZones ?? 0,
    ...(input.tolerate === undefined ? {} : { tolerate: toleranceOf(input.tolerate) }),
    timeouts: timeoutsOf(input, overrides.requestTimeoutMs, problems),
    stateDir:
      pathOf(overrides.stateDir, input.stateDir, around) ?? around.defaultStateDir(input.cluster.name),
    ...(chainCacheDir === undefined ? {} : { chainCacheDir }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(caFile === undefined ? {} : { caFile }),
    ...(input.playbooks === undefined ? {} : { playbooksDir: around.resolveFromFile(input.playbooks) }),
  };
}

function toleranceOf({ region = 0, zone = 0, server = 0 }: NonNullable<ClusterConfigInput['tolerate']>) {
  return { region, zone, server };
}

export function pathOf(
  override: string | undefined,
  own: string | undefined,
  around: Surroundings,
): string | undefined {
  if (override !== undefined) return around.resolveFromHere(override);
  return own === undefined ? undefined : around.resolveFromFile(own);
}

function metaStoreOf(
  input: ClusterConfigInput,
  override: string | undefined,
  around: Surroundings,
  problems: ConfigProblem[],
): MetaStoreConfig {
  if (override !== undefined && isEtcdAddress(override)) return etcdAt(input, override, around, problems);
  if (override !== undefined) {
    return /^https?:/.test(override)
      ? { kind: 'file-http', url: override }
      : { kind: 'file', dir: around.resolveFromHere(override.replace(/^file:\/\//, '')) };
  }
  if (input.metaStore.kind === 'etcd') return etcdOf(input.metaStore, input.cluster.id, around);
  const { dir, endpoints } = input.metaStore;
  if ((dir === undefined) === (endpoints === undefined)) {
    const received = dir === undefined ? 'neither' : 'both';
    problems.push({ path: 'metaStore', expected: 'either dir or endpoints', received });
  }
  const [url] = endpoints ?? [];
  if (url !== undefined) return { kind: 'file-http', url };
  return { kind: 'file', dir: around.resolveFromFile(dir ?? '.') };
}

/** Where the configured MetaStore is an etcd too, its certificates and user are used. */
function etcdAt(
  { cluster, metaStore }: ClusterConfigInput,
  override: string,
  around: Surroundings,
  problems: ConfigProblem[],
): EtcdConfig {
  const address = parseEtcdAddress(override);
  if (address === undefined) {
    const expected = 'etcd+http://host:port,host:port/prefix';
    problems.push({ path: '--metastore', expected, received: JSON.stringify(override) });
  }
  const { endpoints = [], prefix } = address ?? {};
  const { prefix: _, ...configured } =
    metaStore.kind === 'etcd' ? metaStore : { kind: 'etcd' as const, prefix: '' };
  const chosen = { ...configured, endpoints: [...endpoints], ...(prefix === undefined ? {} : { prefix }) };
  return etcdOf(chosen, cluster.id, around);
}

export function etcdOf(etcd: EtcdConfigInput, clusterId: string, around: Surroundings): EtcdConfig {
  const { caFile, certFile, keyFile, username, passwordFile, maxRequestBytes, localRunDir } = etcd;
  const file = (name: string) => around.resolveFromFile(name);
  return {
    kind: 'etcd',
    endpoints: etcd.endpoints.map((endpoint) => endpoint.replace(/\/+$/, '')),
    prefix: etcd.prefix ?? `/vlog-dr/${clusterId}`,
    ...(caFile === undefined ? {} : { caFile: file(caFile) }),
    ...(certFile === undefined ? {} : { certFile: file(certFile) }),
    ...(keyFile === undefined ? {} : { keyFile: file(keyFile) }),
    ...(username === undefined ? {} : { username }),
    ...(passwordFile === undefined ? {} : { passwordFile: file(passwordFile) }),
    ...(maxRequestBytes === undefined ? {} : { maxRequestBytes }),
    ...(etcd.members === undefined ? {} : { members: membersOf(etcd, file) }),
    ...(localRunDir === undefined ? {} : { localRunDir: file(localRunDir) }),
  };
}

function membersOf({ members = [], localRunDir }: EtcdConfigInput, file: (name: string) => string) {
  const bare = (url: string) => url.replace(/\/+$/, '');
  // A path of this machine only where this one runs the members.
  const there = (path: string) => (localRunDir === undefined ? path : file(path));
  return members.map(({ name, clientUrl, peerUrl, dataDir, location, tls }) => ({
    name,
    clientUrl: bare(clientUrl),
    peerUrl: bare(peerUrl),
    ...(dataDir === undefined ? {} : { dataDir: there(dataDir) }),
    ...(location === undefined ? {} : { location }),
    ...(tls === undefined ? {} : { tls: memberTlsOf(tls, there) }),
  }));
}

type MemberTlsInput = NonNullable<NonNullable<EtcdConfigInput['members']>[number]['tls']>;

/** Between members the same certificates are used as towards clients, unless there are others. */
function memberTlsOf(tls: MemberTlsInput, there: (path: string) => string): EtcdMemberTls {
  const { certFile, keyFile, caFile, peerCertFile = certFile, peerKeyFile = keyFile } = tls;
  const peerCaFile = tls.peerCaFile ?? caFile;
  return {
    certFile: there(certFile),
    keyFile: there(keyFile),
    ...(caFile === undefined ? {} : { caFile: there(caFile) }),
    peerCertFile: there(peerCertFile),
    peerKeyFile: there(peerKeyFile),
    ...(peerCaFile === undefined ? {} : { peerCaFile: there(peerCaFile) }),
  };
}

export function repositoryOf(
  own: ClusterConfigInput['repository'],
  override: string | undefined,
): RepositoryConfig | undefined {
  const url = override ?? own?.url;
  if (url === undefined) return undefined;
  return {
    url,
    mode: own?.mode ?? 'best-effort',
    ...(own?.endpoint === undefined ? {} : { endpoint: own.endpoint }),
    ...(own?.region === undefined ? {} : { region: own.region }),
    ...(own?.pathStyle === undefined ? {} : { pathStyle: own.pathStyle }),
    ...(own?.encryption === undefined ? {} : { encryption: encryptionOf(own.encryption) }),
    ...(own?.retention === undefined ? {} : { retention: own.retention }),
  };
}

type EncryptionInput = NonNullable<NonNullable<ClusterConfigInput['repository']>['encryption']>;

function encryptionOf({ algorithm, kmsKeyId }: EncryptionInput): RepositoryConfig['encryption'] & object {
  return { algorithm, ...(kmsKeyId === undefined ? {} : { kmsKeyId }) };
}

function durabilityOf(text: string, problems: ConfigProblem[]): Config['durability'] {
  const policy = parseDurability(text);
  if (policy !== undefined) return policy;
  problems.push({
    path: 'durability',
    expected: 'all, majority, count:K, spread:zone=Z,copies=K, any-of:a+b,a+c or {zone: Z, node: K}',
    received: JSON.stringify(text),
  });
  return { kind: 'all' };
}

function timeoutsOf(
  input: ClusterConfigInput,
  requestTimeoutMs: string | undefined,
  problems: ConfigProblem[],
): Config['timeouts'] {
  return {
    requestMs: requestMsOf(input.timeouts?.requestMs, requestTimeoutMs, problems),
    appendMs: input.timeouts?.appendMs ?? DEFAULTS.appendMs,
    suspectMs: input.timeouts?.suspectMs ?? DEFAULTS.suspectMs,
  };
}

export function requestMsOf(
  own: number | undefined,
  override: string | undefined,
  problems: ConfigProblem[],
): number {
  const requestMs = override === undefined ? undefined : Number(override);
  if (requestMs !== undefined && !(Number.isInteger(requestMs) && requestMs > 0)) {
    problems.push({
      path: 'timeouts.requestMs',
      expected: 'a whole number of milliseconds',
      received: JSON.stringify(override),
    });
  }
  return requestMs ?? own ?? DEFAULTS.requestMs;
}
