import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { request } from 'undici';
import type { SandboxState } from '../codec/sandbox.ts';
import { DrError } from '../core/errors.ts';
import { joinAnew } from './etcdRejoin.ts';
import { metaStoreDataOf, type Sandbox, urlOf } from './layout.ts';
import type { Startable } from './members.ts';
import { awaitReady, startProcess, stateOf } from './processes.ts';

const START_TIMEOUT_MS = 60_000;
/** A member answers nothing before it has found a majority: without one there is nothing to wait for. */
const ALONE_MS = 3_000;
const ASK_MS = 1_000;

type EtcdMember = Extract<SandboxState['metaStore'], { kind: 'etcd' }>['members'][number];

/** Where `etcd` is. Throws `E_PROGRAM_MISSING`. */
export async function etcdProgram(): Promise<string> {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, 'etcd');
    if (directory !== '' && (await exists(path, constants.X_OK))) return path;
  }
  throw new DrError('E_PROGRAM_MISSING', {
    message: 'There is no `etcd` in PATH. Nothing was started.',
    hint: 'Install it (Debian, Ubuntu: `apt-get install etcd-server`; macOS: `brew install etcd`), or use `--metastore file`.',
  });
}

/** Starts a member on its own addresses, with its data where it has some, and waits until it serves. */
export async function startEtcdMember(
  { sandbox, clock }: Pick<Startable, 'sandbox' | 'clock'>,
  id: string,
): Promise<void> {
  const { metaStore } = sandbox.state;
  const members = metaStore.kind === 'etcd' ? metaStore.members : [];
  const member = members.find((one) => one.id === id);
  if (member === undefined) throw new Error(`${id} is no etcd member of this sandbox`);
  const path = await etcdProgram();
  const hasData = await exists(metaStoreDataOf(sandbox, id));
  const joined = hasData ? undefined : await joinAnew(member, members, clock);
  const startedAt = clock.now();
  const flags = [...flagsOf(sandbox, member), ...clusterFlags(sandbox, members, joined)];
  await startProcess(sandbox, id, flags, { path, env: environment() });
  const isAlone = async () =>
    clock.now() - startedAt > ALONE_MS && (await runningOf(sandbox, members)) * 2 <= members.length;
  await awaitReady(sandbox, id, {
    clock,
    timeoutMs: START_TIMEOUT_MS,
    ready: async () => (await serves(member)) || (await isAlone()),
  });
}

function flagsOf(sandbox: Sandbox, member: EtcdMember): string[] {
  const client = urlOf(member.port);
  const peer = urlOf(member.peerPort);
  return [
    ...['--name', member.id, '--data-dir', metaStoreDataOf(sandbox, member.id)],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
    ...['--logger', 'zap', '--log-outputs', 'stderr', '--log-level', 'warn'],
  ];
}

/** Without meaning for a member that has data. */
function clusterFlags(
  sandbox: Sandbox,
  members: readonly EtcdMember[],
  joined: string | undefined,
): string[] {
  const all = members.map(({ id, peerPort }) => `${id}=${urlOf(peerPort)}`).join(',');
  return [
    ...['--initial-cluster', joined ?? all, '--initial-cluster-token', sandbox.state.clusterId],
    ...['--initial-cluster-state', joined === undefined ? 'new' : 'existing'],
  ];
}

/** The user's own settings of etcd are not for the sandbox; etcd refuses some that are given twice. */
function environment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('ETCD_'));
  // etcd 3.4 runs there only when it is told that this is meant.
  const unusual = process.arch === 'arm64' ? { ETCD_UNSUPPORTED_ARCH: 'arm64' } : {};
  return { ...Object.fromEntries(others), ...unusual };
}

async function exists(path: string, mode?: number): Promise<boolean> {
  return await access(path, mode).then(
    () => true,
    () => false,
  );
}

async function serves({ port }: EtcdMember): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${urlOf(port)}/version`, {
      headersTimeout: ASK_MS,
      bodyTimeout: ASK_MS,
    });
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}

async function runningOf(sandbox: Sandbox, members: readonly EtcdMember[]): Promise<number> {
  const states = await Promise.all(members.map(({ id }) => stateOf(sandbox, id)));
  return states.filter(({ state }) => state === 'running').length;
}
