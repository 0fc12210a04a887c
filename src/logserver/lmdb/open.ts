import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { z } from 'zod';
import { DrError } from '../../core/errors.ts';
import { type ClusterId, type ServerId, storeId } from '../../core/ids.ts';
import { makeDirectory } from '../../drivers/wrap/durableFile.ts';
import type { Random } from '../../ports/Random.ts';
import type { ServerRecord } from '../records.ts';
import { decodeRecord, encodeRecord, KEYS, serverRecordSchema } from './layout.ts';
import type { Databases } from './records.ts';
import { Reserve } from './reserve.ts';
import { LmdbLogStore } from './store.ts';

/** Who holds a store. Both are text: what it says is known to whoever made it. */
export interface Ownership {
  /** This process and no other, also not a later one with the same pid. */
  readonly self: string;
  isAlive(owner: string): Promise<boolean>;
}

export interface StoreOptions {
  readonly dataDir: string;
  readonly serverId: ServerId;
  readonly clusterId: ClusterId;
  readonly location: string;
  /** Write a new, empty store where there is none. An existing one is never formatted again. */
  readonly format: boolean;
  readonly owner: Ownership;
  readonly random: Random;
}

export const ownerSchema = z.strictObject({ owner: z.string() });

/** Virtual; the file grows as needed. */
const MAP_BYTES = 2 ** 40;

export function dataFile(dataDir: string): string {
  return join(dataDir, 'data.mdb');
}

/** LMDB's magic number, in each of the first two pages behind their 24-byte headers. */
const MAGIC = Buffer.from([0xde, 0xc0, 0xef, 0xbe]);
const MAGIC_AT = 24;

/** LMDB does not survive opening a file of another kind; an empty one is new. */
function mustBeLmdb(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(MAGIC_AT + MAGIC.length);
    const length = readSync(file, head, 0, head.length, 0);
    if (length > 0 && !head.subarray(MAGIC_AT).equals(MAGIC)) throw new Error(`${path} is no LMDB file`);
  } finally {
    closeSync(file);
  }
}

export function openDatabases(path: string, readOnly: boolean): Databases {
  mustBeLmdb(path);
  const root = open<Buffer, string>({
    path,
    noSubdir: true,
    encoding: 'binary',
    mapSize: MAP_BYTES,
    maxDbs: 4,
    // A commit must not be seen by readers before it is on the disk.
    overlappingSync: false,
    eventTurnBatching: false,
    ...(readOnly && { readOnly }),
  });
  return {
    root,
    records: root.openDB<Buffer, string>({ name: 'records', encoding: 'binary' }),
    entries: root.openDB<Buffer, Buffer>({ name: 'entries', encoding: 'binary', keyEncoding: 'binary' }),
  };
}

/**
 * Opens the store of this server, and of no other; takes the lock of the directory. Throws `E_STORE_UNFORMATTED`,
 * `E_STORE_FOREIGN`, `E_STORE_LOCKED`, `E_CORRUPT` or `E_DISK`.
 */
export async function openStore(options: StoreOptions): Promise<LmdbLogStore> {
  const { dataDir } = options;
  const path = dataFile(dataDir);
  if (!existsSync(path) && !options.format) throw unformatted(dataDir);
  let databases: Databases | undefined;
  try {
    await makeDirectory(dataDir);
    databases = openDatabases(path, false);
    await takeOwnership(databases, options);
    return await opened(databases, path, options);
  } catch (error) {
    await databases?.root.close();
    throw error instanceof DrError ? error : unusable(dataDir, error);
  }
}

async function opened(databases: Databases, path: string, options: StoreOptions): Promise<LmdbLogStore> {
  try {
    identify(databases, options);
    return new LmdbLogStore(databases, new Reserve(path), async () => {
      giveUpOwnership(databases);
      await databases.root.close();
    });
  } catch (error) {
    giveUpOwnership(databases);
    throw error;
  }
}

/**
 * 1. read who holds the store; 2. if that process is alive, refuse; 3. in one write transaction, which LMDB allows to
 * one process at a time: if the holder is still the one that was found dead, become the holder. Two processes that
 * start together cannot both pass 3.
 */
async function takeOwnership({ root, records }: Databases, options: StoreOptions): Promise<void> {
  const holder = ownerOf(records);
  if (holder !== undefined && (await options.owner.isAlive(holder))) throw locked(options.dataDir);
  const taken = root.transactionSync(() => {
    if (ownerOf(records) !== holder) return false;
    records.putSync(KEYS.owner, encodeRecord({ owner: options.owner.self }));
    return true;
  });
  if (!taken) throw locked(options.dataDir);
}

export function ownerOf(records: Databases['records']): string | undefined {
  const stored = records.getBinary(KEYS.owner);
  return stored && decodeRecord(KEYS.owner, stored, ownerSchema).owner;
}

function giveUpOwnership({ root, records }: Databases): void {
  root.transactionSync(() => {
    records.removeSync(KEYS.owner);
  });
}

/** The store is this server's and this cluster's, or it is new and may be formatted. */
function identify({ root, records }: Databases, options: StoreOptions): void {
  const stored = records.getBinary(KEYS.server);
  const { serverId, clusterId, location, dataDir } = options;
  if (stored === undefined) {
    if (!options.format) throw unformatted(dataDir);
    const record = { serverId, clusterId, location, storeId: storeId(options.random.uuid()) };
    write(root, records, { ...record, retired: false, pledged: 0, nextCopy: 1 });
    return;
  }
  const held = decodeRecord(KEYS.server, stored, serverRecordSchema);
  if (held.serverId !== serverId || held.clusterId !== clusterId) throw foreign(dataDir, held, options);
  const { format: _, ...record } = held;
  if (held.location !== location) write(root, records, { ...record, location });
}

function write(root: Databases['root'], records: Databases['records'], record: ServerRecord): void {
  root.transactionSync(() => {
    records.putSync(KEYS.server, encodeRecord({ format: 1, ...record }));
  });
}

export function unformatted(dataDir: string): DrError {
  return new DrError('E_STORE_UNFORMATTED', {
    message: `There is no formatted store in ${dataDir}; nothing was written. If a disk was replaced, the new one must be formatted and admitted.`,
    hint: 'Check the directory. For a new store start the server with `--format` once, then `vlog-dr admit`.',
    context: { dataDir },
  });
}

export function locked(dataDir: string): DrError {
  return new DrError('E_STORE_LOCKED', {
    message: `A running process holds the store in ${dataDir}; it was not touched.`,
    context: { dataDir },
  });
}

function foreign(dataDir: string, held: ServerRecord, wanted: StoreOptions): DrError {
  return new DrError('E_STORE_FOREIGN', {
    message: `The store in ${dataDir} is that of server ${held.serverId} of cluster ${held.clusterId}, not of ${wanted.serverId} of ${wanted.clusterId}. It was not changed.`,
    context: { dataDir, serverId: held.serverId, clusterId: held.clusterId },
  });
}

/** An error of the file system, or bytes that are no store. */
export function unusable(dataDir: string, cause: unknown): DrError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof Error && 'syscall' in cause)
    return new DrError('E_DISK', { message: `The store in ${dataDir} was not opened: ${message}.`, cause });
  return new DrError('E_CORRUPT', {
    message: `The store in ${dataDir} cannot be read: ${message}. Nothing was changed in it.`,
    hint: 'Keep a copy of the directory. Then treat the disk as lost: format a new store and `vlog-dr admit` it.',
    cause,
  });
}
