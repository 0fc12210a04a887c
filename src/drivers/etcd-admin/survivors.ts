import { cp, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '../../core/errors.ts';
import type { SurvivorCopy, SurvivorPlace } from '../../ports/MetaStoreAdmin.ts';
import { makeDirectory } from '../wrap/durableFile.ts';
import type { EtcdCalls } from './cluster.ts';
import { startIsolated } from './isolated.ts';
import type { Closable, Engine, EtcdAdminOptions } from './options.ts';
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
  { origin, name, mayBeFile }: SurvivorPlace & { readonly mayBeFile: boolean },
  dir: string,
): Promise<void> {
  if ((await kindOfCopy(dir)) !== undefined) return;
  await makeDirectory(dir);
  if (origin === 'member') return await saveFrom(memberUrl(options, name), dir, options.credentials);
  if (origin === 'snapshot') return await copyFile(name, dir);
  await mustBeReadable(name);
  if (mayBeFile && (await isFileMetaStore(name))) return await copyDirectory(name, join(dir, 'survivor'));
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
export async function readCopy<Registers extends Closable, Held extends object>(
  options: EtcdAdminOptions,
  calls: EtcdCalls,
  engine: Engine<Registers, Held>,
  dir: string,
): Promise<SurvivorCopy & Held> {
  if (engine.openFile !== undefined && (await kindOfCopy(dir)) === 'file') {
    const { held, problems } = await readAndClose(engine, await engine.openFile(join(dir, 'survivor')));
    return { engine: 'file', otherKeys: 0, sound: problems.length === 0, problems, ...held };
  }
  const check = await checkSnapshotFile(join(dir, 'survivor.db'));
  const dataDir = join(dir, 'looked-at');
  await restore(join(dir, 'survivor.db'), { ...COPY, dataDir });
  const etcd = await startIsolated(options, calls, { ...COPY, dataDir });
  try {
    const registers = engine.openRegisters([etcd.clientUrl]);
    const { held, problems, keys = 0 } = await readAndClose(engine, registers);
    const [{ revision }, all, ours] = await Promise.all([
      calls.status(etcd),
      calls.countAll(etcd),
      engine.prefix === undefined ? keys : calls.countUnder(etcd, engine.prefix),
    ]);
    const unchecked = check === 'sound' ? [] : ['It carries no digest: nothing shows that it is whole.'];
    return {
      ...{ engine: 'etcd' as const, revision, sound: problems.length === 0, otherKeys: all - ours },
      problems: [...unchecked, ...problems],
      ...held,
    };
  } finally {
    await etcd.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function readAndClose<Registers extends Closable, Held extends object>(
  engine: Engine<Registers, Held>,
  registers: Registers,
) {
  try {
    return await engine.read(registers);
  } finally {
    await registers.close();
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
