import { cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Chain } from '../../core/chain.ts';
import { DrError, PortError } from '../../core/errors.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';
import type { SurvivorContents, SurvivorPlace } from '../../ports/MetaStoreAdmin.ts';
import type { EtcdCalls } from './cluster.ts';
import { startIsolated } from './isolated.ts';
import type { EtcdAdminOptions } from './options.ts';
import { etcdctl } from './programs.ts';
import { checkSnapshotFile } from './snapshotFile.ts';

/** Of copies only: nothing that is meant to live is ever called so. */
const COPY = { name: 'copy', peerUrl: 'http://127.0.0.1:1', token: 'a-copy-to-look-at' } as const;

/**
 * Copies a survivor into `dir`, as a snapshot (`survivor.db`) or, of a `file` MetaStore, as a directory (`survivor`).
 * The name is given last: what has it is whole.
 */
export async function copySurvivor(
  options: EtcdAdminOptions,
  calls: EtcdCalls,
  { origin, name }: SurvivorPlace,
  dir: string,
): Promise<void> {
  if ((await kindOfCopy(dir)) !== undefined) return;
  await mkdir(dir, { recursive: true });
  if (origin === 'member') return await saveFrom(memberUrl(options, name), dir, options.credentials);
  if (origin === 'snapshot') return await copyFile(name, dir);
  if (await isFileMetaStore(name)) return await copyDirectory(name, join(dir, 'survivor'));
  await mustBeEtcdData(name);
  await mustNotBeOpen(name);
  const dataDir = join(dir, 'member');
  await rm(dataDir, { recursive: true, force: true });
  await copyDirectory(name, dataDir);
  const etcd = await startIsolated(options, calls, { ...COPY, dataDir, forced: true });
  try {
    await saveFrom(etcd.clientUrl, dir, options.credentials);
  } finally {
    await etcd.stop();
  }
  await rm(dataDir, { recursive: true, force: true });
}

/** What the copy in `dir` holds. An etcd copy is restored beside it and asked; both stay as they are. */
export async function readCopy(
  options: EtcdAdminOptions,
  calls: EtcdCalls,
  dir: string,
): Promise<SurvivorContents> {
  if ((await kindOfCopy(dir)) === 'file') {
    const chains = await chainsOf(await options.openFile(join(dir, 'survivor')));
    return { engine: 'file', otherKeys: 0, sound: chains.problems.length === 0, ...chains };
  }
  const check = await checkSnapshotFile(join(dir, 'survivor.db'));
  const dataDir = join(dir, 'looked-at');
  await restore(join(dir, 'survivor.db'), { ...COPY, dataDir });
  const etcd = await startIsolated(options, calls, { ...COPY, dataDir });
  try {
    const { chains, problems } = await chainsOf(options.openRegisters([etcd.clientUrl]));
    const [{ revision }, all, ours] = await Promise.all([
      calls.status(etcd),
      calls.countAll(etcd),
      calls.countUnder(etcd, options.prefix),
    ]);
    const unchecked = check === 'sound' ? [] : ['It carries no digest: nothing shows that it is whole.'];
    const sound = problems.length === 0;
    return {
      engine: 'etcd',
      revision,
      sound,
      chains,
      otherKeys: all - ours,
      problems: [...unchecked, ...problems],
    };
  } finally {
    await etcd.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** From a snapshot into an empty directory. */
export async function restore(
  file: string,
  to: { readonly dataDir: string; readonly name: string; readonly peerUrl: string; readonly token: string },
): Promise<void> {
  await rm(to.dataDir, { recursive: true, force: true });
  const skip = (await checkSnapshotFile(file)) === 'none' ? ['--skip-hash-check'] : [];
  await etcdctl(['snapshot', 'restore', file, ...restoreFlags(to), ...skip]);
}

export function restoreFlags(to: {
  readonly dataDir: string;
  readonly name: string;
  readonly peerUrl: string;
  readonly token: string;
}): string[] {
  return [
    ...['--data-dir', to.dataDir, '--name', to.name, '--initial-cluster', `${to.name}=${to.peerUrl}`],
    ...['--initial-cluster-token', to.token, '--initial-advertise-peer-urls', to.peerUrl],
  ];
}

/** Works without a majority too. */
export async function saveFrom(
  clientUrl: string,
  dir: string,
  credentials: Readonly<Record<string, string>>,
  name = 'survivor.db',
): Promise<void> {
  const path = join(dir, name);
  // A copy on loopback has no certificates, but it has the users of the original.
  const { ETCDCTL_USER } = credentials;
  const userOnly: Record<string, string> = ETCDCTL_USER === undefined ? {} : { ETCDCTL_USER };
  const known = clientUrl.startsWith('https:') ? credentials : userOnly;
  await etcdctl(['--endpoints', clientUrl, 'snapshot', 'save', `${path}.new`], known);
  await checkSnapshotFile(`${path}.new`);
  await rename(`${path}.new`, path);
}

async function chainsOf(store: MetaStore): Promise<{ chains: Chain[]; problems: string[] }> {
  const chains: Chain[] = [];
  const problems: string[] = [];
  try {
    for (const logId of await store.list()) {
      try {
        const chain = await store.get(logId);
        if (chain !== undefined) chains.push(chain);
      } catch (error) {
        if (!(error instanceof PortError) || error.failure !== 'corrupt') throw error;
        problems.push(`The register of log ${logId} is damaged: ${error.message}.`);
        const older = await newestReadable(store, logId);
        if (older !== undefined) chains.push(older);
      }
    }
    return { chains, problems };
  } finally {
    await store.close();
  }
}

/** The last value before the damage: it was the register once, which is all that evidence has to be. */
async function newestReadable(store: MetaStore, logId: Chain['logId']): Promise<Chain | undefined> {
  let newest: Chain | undefined;
  try {
    for await (const chain of store.history(logId)) newest = chain;
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
  }
  return newest;
}

export async function kindOfCopy(dir: string): Promise<'etcd' | 'file' | undefined> {
  if (await exists(join(dir, 'survivor.db'))) return 'etcd';
  return (await exists(join(dir, 'survivor'))) ? 'file' : undefined;
}

async function copyFile(from: string, dir: string): Promise<void> {
  await mustBeReadable(from);
  await checkSnapshotFile(from);
  await copyDirectory(from, join(dir, 'survivor.db'));
}

async function copyDirectory(from: string, to: string): Promise<void> {
  const half = `${to}.new`;
  await rm(half, { recursive: true, force: true });
  try {
    await cp(from, half, { recursive: true, preserveTimestamps: true, errorOnExist: true });
  } catch (cause) {
    throw new DrError('E_DISK', {
      message: `${from} could not be copied to ${half}. The original is as it was; nothing was changed.`,
      cause,
    });
  }
  await rename(half, to);
}

async function isFileMetaStore(path: string): Promise<boolean> {
  await mustBeReadable(path);
  return (await exists(join(path, 'metastore.json'))) || (await exists(join(path, 'logs')));
}

async function mustBeReadable(path: string): Promise<void> {
  if (await exists(path)) return;
  throw new DrError('E_USAGE', {
    message: `${path} cannot be read. Nothing was done.`,
    hint: 'Check the path.',
  });
}

async function mustBeEtcdData(path: string): Promise<void> {
  if ((await exists(join(path, 'member', 'snap', 'db'))) && (await exists(join(path, 'member', 'wal'))))
    return;
  throw new DrError('E_USAGE', {
    message: `${path} is the data directory of neither an etcd member (it would hold member/snap and member/wal) nor a file MetaStore. Nothing was done.`,
    hint: 'A file made by `etcdctl snapshot save`, or a lone member/snap/db, is given with --snapshot.',
  });
}

/** A directory that is written to meanwhile is copied in pieces of different moments. */
async function mustNotBeOpen(path: string): Promise<void> {
  const [{ ino }, locks] = await Promise.all([
    stat(join(path, 'member', 'snap', 'db')),
    readFile('/proc/locks', 'utf8').catch(() => ''),
  ]);
  if (!locks.split('\n').some((line) => line.includes(`:${ino} `) && line.includes('WRITE'))) return;
  throw new DrError('E_STORE_LOCKED', {
    message: `An etcd runs on ${path}: a copy of it would be of no one moment. Nothing was done.`,
    hint: 'A member that answers is asked at its address. One that waits for a majority in silence must be stopped first.',
  });
}

function memberUrl({ members }: EtcdAdminOptions, name: string): string {
  const member = members.find((one) => one.name === name);
  if (member === undefined) throw new Error(`${name} is no configured member`);
  return member.clientUrl;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
