import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DrError } from '../../core/errors.ts';
import { incarnation, type LogId } from '../../core/ids.ts';
import type { ServerStatus } from '../../core/logletState.ts';
import type { InventoryItem, LogServer } from '../../ports/LogServer.ts';
import { inventoryOf } from '../inventory.ts';
import { type ReadRequest, read } from '../machine/read.ts';
import type { LogStore } from '../store.ts';
import { KEYS } from './layout.ts';
import { dataFile, locked, type Ownership, openDatabases, ownerOf, unformatted, unusable } from './open.ts';
import { type Databases, LmdbView } from './records.ts';

/** What a dead server's data directory says. */
export interface StoreReader {
  readonly status: ServerStatus;
  inventory(query?: { readonly logId?: LogId }): AsyncIterable<InventoryItem>;
  read(request: ReadRequest): ReturnType<LogServer['read']>;
  close(): Promise<void>;
}

/** No process: a sequencer that named it would never be found. */
const NO_INCARNATION = incarnation('00000000-0000-0000-0000-000000000000');

/**
 * Opens the data directory of a server that does not run, and writes nothing into it: LMDB's lock file goes into a
 * directory of our own, where the data file is linked to. Refuses while a process holds the store.
 */
export async function openStoreReadOnly(
  dataDir: string,
  owner: Pick<Ownership, 'isAlive'>,
): Promise<StoreReader> {
  const path = dataFile(dataDir);
  if (!existsSync(path)) throw unformatted(dataDir);
  const beside = await mkdtemp(join(tmpdir(), 'vlog-dr-read-'));
  let databases: Databases | undefined;
  const close = async () => {
    await databases?.root.close();
    await rm(beside, { recursive: true, force: true });
  };
  try {
    const linked = join(beside, 'data.mdb');
    await symlink(await realpath(path), linked);
    databases = openDatabases(linked, true);
    const holder = ownerOf(databases.records);
    if (holder !== undefined && (await owner.isAlive(holder))) throw locked(dataDir);
    if (databases.records.getBinary(KEYS.server) === undefined) throw unformatted(dataDir);
    return reader(new ReadOnlyStore(databases), close);
  } catch (error) {
    await close();
    throw error instanceof DrError ? error : unusable(dataDir, error);
  }
}

class ReadOnlyStore extends LmdbView implements LogStore {
  commit(): Promise<void> {
    return Promise.reject(new Error('a dead server’s directory is never written to'));
  }

  async close(): Promise<void> {}
}

function reader(store: ReadOnlyStore, close: () => Promise<void>): StoreReader {
  const { nextCopy: _, ...server } = store.server();
  const status = {
    ...server,
    incarnation: NO_INCARNATION,
    software: 'data directory',
  };
  return {
    status,
    inventory: (query = {}) => inventoryOf(store, status, query),
    read: async (request) => read(store, request),
    close,
  };
}
