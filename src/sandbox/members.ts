import { access } from 'node:fs/promises';
import { isPortError } from '../core/errors.ts';
import { type ServerId, serverId } from '../core/ids.ts';
import type { Clock } from '../ports/Clock.ts';
import type { LogServer } from '../ports/LogServer.ts';
import type { MetaStore } from '../ports/MetaStore.ts';
import { startEtcdMember } from './etcd.ts';
import { metaStoreDataOf, paths, type Sandbox } from './layout.ts';
import { awaitReady, startProcess } from './processes.ts';

/** A sandbox whose members can be started, whatever engine they are of. */
export interface Startable {
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  /** On its own address, and waits until it answers. */
  start(id: string): Promise<void>;
}

/** What the sandbox's verbs work with: drivers for its members, made from its own configuration. */
export interface SandboxAccess extends Startable {
  readonly logServers: ReadonlyMap<ServerId, LogServer>;
  readonly metaStore: MetaStore;
}

const START_TIMEOUT_MS = 30_000;

/** Starts a LogServer on its own address and waits until it answers. Formats its store where it has none. */
export async function startLogServerMember(
  { sandbox, logServers, clock }: SandboxAccess,
  id: string,
): Promise<void> {
  const member = sandbox.state.logServers.find((one) => one.id === id);
  const server = logServers.get(serverId(id));
  if (member === undefined || server === undefined) throw new Error(`${id} is no LogServer of this sandbox`);
  const dataDir = paths.logServerData(sandbox.dir, id);
  const format = await access(dataDir).then(
    () => [],
    () => ['--format'],
  );
  await startProcess(sandbox, id, [
    ...['serve', 'logserver', '--data-dir', dataDir, '--server-id', id, '--location', member.location],
    ...['--cluster-id', sandbox.state.clusterId, '--port', String(member.port)],
    ...['--peers', paths.config(sandbox.dir), ...format],
  ]);
  await awaitReady(sandbox, id, {
    clock,
    timeoutMs: START_TIMEOUT_MS,
    ready: () => answers(() => server.status()),
  });
}

/** Starts a MetaStore member on its own address and waits until it answers. */
export async function startMetaStoreMember(access: SandboxAccess, id: string): Promise<void> {
  if (access.sandbox.state.metaStore.kind === 'etcd') await startEtcdMember(access, id);
  else await startFileServer(access, id);
}

async function startFileServer({ sandbox, metaStore, clock }: SandboxAccess, id: string): Promise<void> {
  const member = sandbox.state.metaStore.members.find((one) => one.id === id);
  if (member === undefined) throw new Error(`${id} is no MetaStore member of this sandbox`);
  await startProcess(sandbox, id, [
    ...['serve', 'metastore', '--dir', metaStoreDataOf(sandbox, id), '--port', String(member.port)],
  ]);
  await awaitReady(sandbox, id, {
    clock,
    timeoutMs: START_TIMEOUT_MS,
    ready: () => answers(() => metaStore.list()),
  });
}

async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (isPortError(error, 'unavailable', 'outcomeUnknown')) return false;
    throw error;
  }
}
