import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '../../core/errors.ts';
import type { LogId, Position } from '../../core/ids.ts';
import { openStoreReadOnly, type StoreReader } from '../../logserver/lmdb/readOnly.ts';
import { owner } from '../../main/ownership.ts';
import { paths } from '../layout.ts';
import { type SandboxAccess, startLogServerMember } from '../members.ts';
import { killProcess } from '../processes.ts';

export interface Corrupted {
  readonly dir: string;
  readonly server: string;
  readonly logId: LogId;
  readonly positions: readonly Position[];
}

/**
 * A disk that lies: the server is killed, bits of its oldest entries of a log are flipped in its data file, and it is
 * started again. Nobody notices before the entries are read.
 */
export async function corruptEntries(
  access: SandboxAccess,
  request: { readonly server: string; readonly logId: LogId; readonly entries: number },
): Promise<Corrupted> {
  const { sandbox, clock } = access;
  const { server, logId } = request;
  await killProcess(sandbox, server, clock);
  const dataDir = paths.logServerData(sandbox.dir, server);
  const found = await oldestEntries(dataDir, logId, request.entries);
  const positions = found.length === 0 ? [] : await flipBits(join(dataDir, 'data.mdb'), found);
  await startLogServerMember(access, server);
  if (positions.length > 0) return { dir: sandbox.dir, server, logId, positions };
  throw new DrError('E_USAGE', {
    message: `${server} holds no entry of log ${logId} that could be damaged. It was restarted, its data is as it was.`,
    hint: '`vlog-dr assess` shows which servers have copies of which log.',
  });
}

interface Stored {
  readonly position: Position;
  readonly payload: Uint8Array;
}

async function oldestEntries(dataDir: string, logId: LogId, count: number): Promise<Stored[]> {
  const store = await openStoreReadOnly(dataDir, owner);
  try {
    const found: Stored[] = [];
    for (const { from, to, logletId } of await copiesIn(store, logId)) {
      const answer = await store.read({ logletId, from, to, uncommitted: true });
      if (answer.ok) found.push(...answer.value.entries.filter(({ payload }) => payload.length > 0));
      if (found.length >= count) break;
    }
    // Out of the store's memory before it is closed.
    return found.slice(0, count).map((one) => ({ ...one, payload: Buffer.from(one.payload) }));
  } finally {
    await store.close();
  }
}

async function copiesIn(store: StoreReader, logId: LogId) {
  const copies = [];
  for await (const item of store.inventory({ logId })) {
    if (item.item !== 'loglet') continue;
    const { descriptor, firstHeld, localTail } = item.state;
    copies.push({ logletId: descriptor.logletId, from: firstHeld, to: localTail });
  }
  return copies.sort((a, b) => (a.from < b.from ? -1 : 1));
}

/** Pages that are not used any more may still hold an older copy: every one of them is damaged. */
async function flipBits(dataFile: string, entries: readonly Stored[]): Promise<Position[]> {
  const bytes = await readFile(dataFile);
  const file = await open(dataFile, 'r+');
  const damaged: Position[] = [];
  try {
    for (const { position, payload } of entries) {
      let isHit = false;
      for (let at = bytes.indexOf(payload); at >= 0; at = bytes.indexOf(payload, at + 1)) {
        await file.write(Uint8Array.of((bytes[at] ?? 0) ^ 0x10), 0, 1, at);
        isHit = true;
      }
      if (isHit) damaged.push(position);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return damaged;
}
