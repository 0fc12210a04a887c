import { join } from 'node:path';
import { stringify } from 'yaml';
import type { SandboxState } from '../../codec/sandbox.ts';
import { metaStoreDataOf, paths, type Sandbox, urlOf } from '../layout.ts';

/** Small, for a laptop: Restate's own default is 2 GiB for each node. */
const ROCKSDB_MEMORY = '96 MiB';

export const nodeConfigPath = (dir: string, id: string) => join(dir, 'nodes', `${id}.toml`);

/** One node's configuration in Restate's own words. Every address is set: the default ports may be taken. */
export function nodeConfig(sandbox: Sandbox, id: string): string {
  const { state, dir } = sandbox;
  const fabric = [...state.logServers, ...state.metaStore.members].find((one) => one.id === id);
  if (fabric === undefined) throw new Error(`${id} is no node of this sandbox`);
  const more = state.restate?.nodes.find((one) => one.id === id);
  const roles = more === undefined ? ['metadata-server'] : ['http-ingress', 'admin', 'worker', 'log-server'];
  if (more !== undefined && isInNodes(state)) roles.push('metadata-server');
  const data = more === undefined ? metaStoreDataOf(sandbox, id) : paths.logServerData(dir, id);
  return `roles = ${JSON.stringify(roles)}
cluster-name = "${state.name}"
node-name = "${id}"
auto-provision = false
default-num-partitions = 2
default-replication = 2
base-dir = "${data}"
listen-mode = "tcp"
disable-telemetry = true
rocksdb-total-memory-size = "${ROCKSDB_MEMORY}"
${listen(fabric.port)}
[metadata-client]
${metadataClient(state)}
[bifrost]
default-provider = "replicated"
${more === undefined ? '' : `[admin]\n${listen(more.adminPort)}\n[ingress]\n${listen(more.ingressPort)}\n`}`;
}

/** Restate's own metadata store, and no nodes of its own for it. */
function isInNodes({ metaStore: { kind, members } }: SandboxState): boolean {
  return kind === 'builtin' && members.length === 0;
}

function listen(port: number): string {
  return `bind-address = "127.0.0.1:${port}"\nadvertised-address = "${urlOf(port)}/"`;
}

function metadataClient(state: SandboxState): string {
  const { metaStore, logServers } = state;
  const holders = isInNodes(state) ? logServers : metaStore.members;
  const addresses = holders.map(({ port }) =>
    metaStore.kind === 'etcd' ? `127.0.0.1:${port}` : `${urlOf(port)}/`,
  );
  return `type = "${metaStore.kind === 'etcd' ? 'etcd' : 'replicated'}"\naddresses = ${JSON.stringify(addresses)}`;
}

/** `DIR/vlog-dr.yaml`. The fingerprint is known only once the cluster is provisioned. */
export function restateSandboxConfig(sandbox: Sandbox, fingerprint?: bigint): string {
  const { state, dir } = sandbox;
  const { metaStore } = state;
  const nodes = [...state.logServers, ...(metaStore.kind === 'builtin' ? metaStore.members : [])];
  return stringify({
    driver: 'restate',
    cluster: {
      name: state.name,
      ...(fingerprint === undefined ? {} : { fingerprint: fingerprint.toString() }),
    },
    addresses: nodes.map(({ port }) => urlOf(port)),
    metaStore:
      metaStore.kind === 'etcd'
        ? {
            kind: 'etcd',
            endpoints: metaStore.members.map(({ port }) => urlOf(port)),
            members: metaStore.members.map(({ id, port, peerPort }) => ({
              name: id,
              clientUrl: urlOf(port),
              peerUrl: urlOf(peerPort),
              dataDir: join('metastore', id),
            })),
            localRunDir: 'run',
          }
        : { kind: 'builtin' },
    nodes: nodes.map(({ id, port }) => ({
      name: id,
      address: urlOf(port),
      dataDir: metaStore.members.some((member) => member.id === id)
        ? join('metastore', id)
        : join('data', id),
      configFile: nodeConfigPath(dir, id),
    })),
    localRunDir: 'run',
    ...(state.repository === undefined ? {} : { repository: { url: state.repository } }),
    timeouts: { requestMs: 5_000 },
    stateDir: 'state',
  });
}
