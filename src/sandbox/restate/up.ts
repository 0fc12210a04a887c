import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { request as httpRequest } from 'undici';
import type { App } from '../../cli/app.ts';
import { decodeNodes } from '../../codec/restate/decode.ts';
import type { SandboxState } from '../../codec/sandbox.ts';
import { DrError, isPortError } from '../../core/errors.ts';
import { NODES } from '../../core/restate/values.ts';
import { replaceFile } from '../../drivers/local/durableFiles.ts';
import { RestateClient } from '../../drivers/restate/client.ts';
import type { ForeignCluster } from '../../ports/ForeignCluster.ts';
import { etcdProgram } from '../etcd.ts';
import { paths, type Sandbox, saveSandbox, urlOf } from '../layout.ts';
import { freePorts } from '../ports.ts';
import { designMetaStore, ETCD_MEMBERS, exists, mustBeEmpty, restartSandbox } from '../up.ts';
import { type SandboxStatus, sandboxStatus, stopSandbox } from '../verbs.ts';
import { nodeConfig, nodeConfigPath, restateSandboxConfig } from './files.ts';
import { restateSandbox } from './members.ts';

export interface RestateUpRequest {
  readonly dir: string;
  readonly nodes: number;
  readonly metaStore: 'builtin' | 'etcd';
  /** With the built-in store: nodes of its own for it. None: it is in all nodes. */
  readonly metadataNodes: number;
  readonly repository?: string;
}

/** Restate's default: as many logs as partitions. */
const PARTITIONS = 2;
const READY_MS = 60_000;
const LOOK_AGAIN_MS = 100;

/** A new Restate cluster with counters deployed on it, or a stopped one started again. */
export async function upRestateSandbox(app: App, request: RestateUpRequest): Promise<SandboxStatus> {
  const dir = resolve(request.dir);
  if (await exists(paths.state(dir))) return await restartSandbox(app, dir);
  if (request.metaStore === 'etcd') await etcdProgram();
  await mustBeEmpty(dir);
  const sandbox: Sandbox = { dir, state: await design(app, request) };
  await saveSandbox(sandbox);
  await mkdir(join(dir, 'nodes'));
  for (const { id } of nodesOf(sandbox.state))
    await replaceFile(nodeConfigPath(dir, id), nodeConfig(sandbox, id));
  await replaceFile(paths.config(dir), restateSandboxConfig(sandbox));
  let complete = false;
  // Also when the user interrupts.
  app.defer(async () => {
    if (!complete) await stopSandbox(sandbox, { clock: app.clock, deleteData: false });
  });
  await startAll(app, sandbox);
  complete = true;
  return await sandboxStatus(sandbox);
}

/** Every process that is a Restate node. */
function nodesOf({ logServers, metaStore }: SandboxState) {
  return [...logServers, ...(metaStore.kind === 'builtin' ? metaStore.members : [])];
}

async function design(app: App, request: RestateUpRequest): Promise<SandboxState> {
  const free = await freePorts(3 * request.nodes + 1 + request.metadataNodes + 2 * ETCD_MEMBERS);
  const take = () => free.shift() ?? 0;
  const named = (letter: string, length: number) =>
    Array.from({ length }, (_, place) => `${letter}${place + 1}`);
  const ids = named('n', request.nodes);
  return {
    schemaVersion: 1,
    name: 'sandbox',
    clusterId: app.random.uuid(),
    logServers: ids.map((id) => ({ id, port: take(), location: 'local/z1/r1' })),
    restate: {
      nodes: ids.map((id) => ({ id, adminPort: take(), ingressPort: take() })),
      counters: { id: 'counters', port: take() },
    },
    metaStore:
      request.metaStore === 'etcd'
        ? designMetaStore('etcd', free)
        : { kind: 'builtin', members: named('m', request.metadataNodes).map((id) => ({ id, port: take() })) },
    ...(request.repository === undefined ? {} : { repository: request.repository }),
    logs: Array.from({ length: PARTITIONS }, (_, place) => String(place)),
  };
}

async function startAll(app: App, sandbox: Sandbox): Promise<void> {
  const { state, dir } = sandbox;
  const access = restateSandbox(sandbox, app.clock);
  const stage = app.reporter.stage('starting the processes');
  // The nodes die of a metadata store that does not answer yet.
  await Promise.all(state.metaStore.members.map(({ id }) => access.start(id)));
  await Promise.all([...state.logServers.map(({ id }) => id), 'counters'].map((id) => access.start(id)));
  app.signal.throwIfAborted();
  stage.update('provisioning the cluster');
  const nodes = nodesOf(state);
  await provision(urlOf(nodes.at(-1)?.port ?? 0));
  const { cluster } = await app.connectForeignTo(paths.config(dir), { create: true });
  await awaitServing(app, cluster, nodes.length);
  const fingerprint = await fingerprintOf(cluster);
  await replaceFile(paths.config(dir), restateSandboxConfig(sandbox, fingerprint));
  stage.update('deploying the counters');
  await deployCounters(state);
  stage.done(`${nodes.length} nodes, ${PARTITIONS} partitions`);
}

/** As Restate's own `restatectl provision` does. */
async function provision(address: string): Promise<void> {
  const client = new RestateClient({ requestTimeoutMs: READY_MS });
  try {
    const replication = { replication_property: '{node: 2}' };
    await client.ask(address, {
      method: 'node_ctl_svc.NodeCtlSvc/ProvisionCluster',
      request: {
        dry_run: false,
        num_partitions: PARTITIONS,
        partition_replication: replication,
        log_provider: 'replicated',
        log_replication: replication,
      },
      changes: true,
    });
  } finally {
    client.close();
  }
}

/** All nodes have joined, and every partition has a leader that applied its log. */
async function awaitServing(app: App, cluster: ForeignCluster, nodes: number): Promise<void> {
  const deadline = app.clock.now() + READY_MS;
  while (!(await serves(cluster, nodes))) {
    app.signal.throwIfAborted();
    if (app.clock.now() > deadline)
      throw new DrError('E_UNREACHABLE', {
        message: 'The Restate nodes were started and did not form a cluster. The sandbox holds no data.',
      });
    await app.clock.sleep(LOOK_AGAIN_MS);
  }
}

async function serves(cluster: ForeignCluster, nodes: number): Promise<boolean> {
  const looks = await cluster.look();
  const joined = looks.filter(
    ({ answer }) => answer.kind === 'answered' && answer.ident.status === 'ALIVE' && answer.ident.node,
  );
  if (joined.length < nodes) return false;
  const replicas = await cluster.replicas();
  const led = new Set(replicas?.filter(({ leads, replay }) => leads && replay === 'active').map(partitionOf));
  return led.size === PARTITIONS;
}

function partitionOf({ partitionId }: { readonly partitionId: number }): number {
  return partitionId;
}

async function fingerprintOf(cluster: ForeignCluster): Promise<bigint> {
  const register = await cluster.registers.get(NODES);
  const nodes = register && decodeNodes(register.bytes);
  if (nodes?.ok === true) return nodes.value.fingerprint;
  throw new DrError('E_CORRUPT', {
    message: `${NODES} of the new cluster cannot be read. Nothing was changed.`,
  });
}

/** Tells Restate where the counters are. Done again after a recovery that lost the schema registry. */
export async function deployCounters(state: SandboxState): Promise<void> {
  const body = JSON.stringify({ uri: urlOf(state.restate?.counters.port ?? 0), force: true });
  let last = 'no node was asked';
  for (const { adminPort } of state.restate?.nodes ?? []) {
    try {
      const response = await httpRequest(`${urlOf(adminPort)}/deployments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      last = await response.body.text();
      if (response.statusCode < 300) return;
    } catch (error) {
      if (isPortError(error)) throw error;
      last = error instanceof Error ? error.message : String(error);
    }
  }
  throw new DrError('E_UNREACHABLE', {
    message: `The counters could not be deployed: ${last}. The cluster runs without them.`,
  });
}
