import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import { z } from 'zod';
import { DrError } from '../../core/errors.ts';
import { type ClusterId, type ServerId, storeId } from '../../core/ids.ts';
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

export function openDatabases(path: string, readOnly: boolean): Databases {
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

/** Opens the store of this server, and of no other; takes the lock of the directory. */
export async function openStore(options: StoreOptions): Promise<LmdbLogStore> {
  const path = dataFile(options.dataDir);
  if (!existsSync(path) && !options.format) throw unformatted(options.dataDir);
  await mkdir(options.dataDir, { recursive: true });
  const databases = openDatabases(path, false);
  try {
    await takeOwnership(databases, options);
    try {
      identify(databases, options);
    } catch (error) {
      giveUpOwnership(databases);
      throw error;
    }
  } catch (error) {
    await databases.root.close();
    throw error;
  }
  return new LmdbLogStore(databases, new Reserve(path), async () => {
    giveUpOwnership(databases);
    await databases.root.close();
  });
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
    write(root, records, { ...record, retired: false, nextCopy: 1 });
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
