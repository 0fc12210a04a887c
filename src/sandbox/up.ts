import { access, readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { App } from '../cli/app.ts';
import { openLog } from '../cli/connection.ts';
import type { SandboxState } from '../codec/sandbox.ts';
import { DrError } from '../core/errors.ts';
import { FIRST_GENERATION } from '../core/generation.ts';
import { logId } from '../core/ids.ts';
import { replaceFile } from '../drivers/local/durableFiles.ts';
import { makeDirectory } from '../drivers/wrap/durableFile.ts';
import { accessSandbox, startableSandbox } from './access.ts';
import { type SandboxPolicy, sandboxConfig } from './configFile.ts';
import { etcdProgram } from './etcd.ts';
import { paths, type Sandbox, saveSandbox } from './layout.ts';
import type { SandboxAccess } from './members.ts';
import { freePorts } from './ports.ts';
import { type SandboxStatus, sandboxStatus, startMembers, stopSandbox } from './verbs.ts';

/** The fewest that survive the loss of one. */
export const ETCD_MEMBERS = 3;

export interface UpRequest {
  readonly dir: string;
  readonly servers: number;
  readonly zones: number;
  readonly logs: number;
  readonly metaStore: 'file' | 'etcd';
  readonly repository?: string;
  readonly policy: SandboxPolicy;
}

/**
 * A new sandbox, or a stopped one started again. A new one that cannot be completed is stopped: nothing keeps
 * running that no command would find.
 */
export async function upSandbox(app: App, request: UpRequest): Promise<SandboxStatus> {
  const dir = resolve(request.dir);
  if (await exists(paths.state(dir))) return await restartSandbox(app, dir);
  if (request.metaStore === 'etcd') await etcdProgram();
  await mustBeEmpty(dir);
  const sandbox: Sandbox = { dir, state: await designSandbox(app, request) };
  await saveSandbox(sandbox);
  await replaceFile(paths.config(dir), sandboxConfig(sandbox.state, request.policy));
  let complete = false;
  // Also when the user interrupts.
  app.defer(async () => {
    if (!complete) await stopSandbox(sandbox, { clock: app.clock, deleteData: false });
  });
  await startAll(app, dir);
  complete = true;
  return await sandboxStatus(sandbox);
}

async function startAll(app: App, dir: string): Promise<void> {
  const stage = app.reporter.stage('starting the processes');
  const found = await accessSandbox(app, dir);
  const { state } = found.sandbox;
  await Promise.all([...state.metaStore.members, ...state.logServers].map(({ id }) => found.start(id)));
  app.signal.throwIfAborted();
  stage.update('admitting the servers');
  await admitAll(found);
  stage.update('creating the logs');
  for (const name of state.logs) {
    await openLog(found.connection, logId(name)).create({ clusterId: found.connection.cluster.clusterId });
  }
  const members = state.metaStore.members.length;
  stage.done(`${state.logServers.length} LogServers, ${members} MetaStore member${members === 1 ? '' : 's'}`);
}

/** All stores were formatted a moment ago: the cluster has no generation yet, so the first one is right. */
async function admitAll({ logServers }: SandboxAccess): Promise<void> {
  await Promise.all(
    [...logServers.values()].map(async (server) => {
      const { storeId } = await server.status();
      const answer = await server.admit(FIRST_GENERATION, storeId);
      if (answer.ok || answer.refusal.code === 'alreadyAdmitted') return;
      throw new DrError('E_UNEXPECTED', {
        message: `${server.serverId} was formatted and not admitted (${answer.refusal.code}). The sandbox holds no data.`,
      });
    }),
  );
}

export async function restartSandbox(app: App, dir: string): Promise<SandboxStatus> {
  const found = await startableSandbox(app, dir);
  const { logServers, metaStore, restate } = found.sandbox.state;
  await startMembers(
    found,
    [...metaStore.members, ...logServers].map((member) => member.id),
  );
  if (restate !== undefined) await startMembers(found, [restate.counters.id]);
  return await sandboxStatus(found.sandbox);
}

async function designSandbox(app: App, request: UpRequest): Promise<SandboxState> {
  const free = await freePorts(request.servers + 2 * ETCD_MEMBERS);
  const ports = free.slice(0, request.servers);
  return {
    schemaVersion: 1,
    name: 'sandbox',
    clusterId: app.random.uuid(),
    logServers: ports.map((port, place) => ({
      id: `s${place + 1}`,
      port,
      location: `local/z${(place % request.zones) + 1}/r${place + 1}`,
    })),
    metaStore: designMetaStore(request.metaStore, free.slice(request.servers)),
    ...(request.repository === undefined ? {} : { repository: request.repository }),
    logs: Array.from({ length: request.logs }, (_, place) => String(place + 1)),
  };
}

export function designMetaStore(
  kind: UpRequest['metaStore'],
  ports: readonly number[],
): SandboxState['metaStore'] {
  const [port = 0] = ports;
  if (kind === 'file') return { kind, members: [{ id: 'm1', port }] };
  const members = Array.from({ length: ETCD_MEMBERS }, (_, place) => ({
    id: `m${place + 1}`,
    port: ports[place * 2] ?? 0,
    peerPort: ports[place * 2 + 1] ?? 0,
  }));
  return { kind, members };
}

export async function mustBeEmpty(dir: string): Promise<void> {
  await makeDirectory(dir);
  if ((await readdir(dir)).length === 0) return;
  throw new DrError('E_EXISTS', {
    message: `${dir} is not empty and holds no sandbox. It was not touched.`,
    hint: 'Name a new directory.',
    context: { dir },
  });
}

export async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
