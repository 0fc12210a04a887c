import type { ConfigProblem, ForeignConfig } from './config.ts';
import { isEtcdAddress, parseEtcdAddress } from './etcdAddress.ts';
import {
  type ConfigOverrides,
  etcdOf,
  pathOf,
  repositoryOf,
  requestMsOf,
  type Surroundings,
} from './normalize.ts';
import type { RestateConfigInput } from './schema.ts';

/** As `normalize`, for a cluster of another engine. */
export function normalizeForeign(
  input: RestateConfigInput,
  overrides: ConfigOverrides,
  around: Surroundings,
  problems: ConfigProblem[],
): ForeignConfig {
  const { cluster, driver, addresses, nodes = [], localRunDir } = input;
  const file = (name: string) => around.resolveFromFile(name);
  const repository = repositoryOf(input.repository, overrides.repository);
  problems.push(...addressProblems(input));
  const tls = {
    ...(input.caFile === undefined ? {} : { caFile: file(input.caFile) }),
    ...(input.certFile === undefined ? {} : { certFile: file(input.certFile) }),
    ...(input.keyFile === undefined ? {} : { keyFile: file(input.keyFile) }),
  };
  return {
    file: around.file,
    driver,
    cluster: {
      name: cluster.name,
      ...(cluster.fingerprint === undefined ? {} : { fingerprint: BigInt(cluster.fingerprint) }),
    },
    addresses: addresses.map(bare),
    metaStore: metaStoreOf(input, overrides.metaStore, around, problems),
    nodes: nodes.map(({ name, address, dataDir, configFile }) => ({
      name,
      address: bare(address),
      // A path of this machine only where this one runs the nodes.
      ...(dataDir === undefined ? {} : { dataDir: localRunDir === undefined ? dataDir : file(dataDir) }),
      ...(configFile === undefined ? {} : { configFile: file(configFile) }),
    })),
    ...(localRunDir === undefined ? {} : { localRunDir: file(localRunDir) }),
    ...(repository === undefined ? {} : { repository }),
    timeouts: { requestMs: requestMsOf(input.timeouts?.requestMs, overrides.requestTimeoutMs, problems) },
    stateDir: pathOf(overrides.stateDir, input.stateDir, around) ?? around.defaultStateDir(cluster.name),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    ...(input.playbooks === undefined ? {} : { playbooksDir: file(input.playbooks) }),
  };
}

function metaStoreOf(
  { metaStore = { kind: 'builtin' } }: RestateConfigInput,
  override: string | undefined,
  around: Surroundings,
  problems: ConfigProblem[],
): ForeignConfig['metaStore'] {
  const own = metaStore.kind === 'builtin' ? metaStore : withoutPrefix(etcdOf(metaStore, '', around));
  if (override === undefined) return own;
  const parsed = isEtcdAddress(override) ? parseEtcdAddress(override) : undefined;
  if (parsed !== undefined)
    return { ...(own.kind === 'etcd' ? own : { kind: 'etcd' }), endpoints: parsed.endpoints };
  problems.push({
    path: '--metastore',
    expected: 'etcd+http://host:port,host:port, where Restate keeps its metadata in etcd',
    received: JSON.stringify(override),
  });
  return own;
}

/** Restate's keys have none. */
function withoutPrefix({
  prefix: _,
  ...etcd
}: ReturnType<typeof etcdOf>): Exclude<ForeignConfig['metaStore'], { kind: 'builtin' }> {
  return etcd;
}

function addressProblems({ addresses, certFile, keyFile }: RestateConfigInput): ConfigProblem[] {
  const wrong = addresses.flatMap((address, index): ConfigProblem[] => {
    const { protocol, username, password, pathname } = new URL(address);
    const isGood = /^https?:$/.test(protocol) && username === '' && password === '' && pathname === '/';
    const path = `addresses[${index}]`;
    return isGood
      ? []
      : [{ path, expected: 'http://host:port or https://host:port', received: 'something else' }];
  });
  if ((certFile === undefined) === (keyFile === undefined)) return wrong;
  return [
    ...wrong,
    { path: 'certFile', expected: 'both certFile and keyFile, or neither', received: 'one of them' },
  ];
}

function bare(url: string): string {
  return url.replace(/\/+$/, '');
}
