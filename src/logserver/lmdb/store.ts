import type { Write } from '../records.ts';
import type { LogStore } from '../store.ts';
import {
  AFTER_ALL,
  decodeRecord,
  encodeDescriptor,
  encodeEntry,
  encodeRecord,
  entryKey,
  type Garbage,
  garbageSchema,
  KEYS,
} from './layout.ts';
import { type Databases, LmdbView } from './records.ts';
import type { Reserve } from './reserve.ts';

const SWEPT_AT_ONCE = 512;
const PAGE_BYTES = 4096;

/**
 * The store of a LogServer in LMDB. A commit is one LMDB transaction: its pages are flushed (fdatasync) before the
 * root that makes them visible is written (O_DSYNC), so a crash leaves all of it or nothing, and what can be read is
 * durable. The environment must be opened without `overlappingSync`: with it, a commit is visible to readers before its
 * flush, and an answer to one could rest on what a crash takes back.
 */
export class LmdbLogStore extends LmdbView implements LogStore {
  readonly #reserve: Reserve;
  readonly #release: () => Promise<void>;
  #last: Promise<void> = Promise.resolve();
  #sweeping = false;
  #closing = false;

  constructor(databases: Databases, reserve: Reserve, release: () => Promise<void>) {
    super(databases);
    this.#reserve = reserve;
    this.#release = release;
    this.#sweepLater();
  }

  async commit(writes: readonly Write[]): Promise<void> {
    await this.#exclusive(() => {
      this.#makeRoom(writes);
      return this.#transaction(() => {
        for (const write of writes) this.#put(write);
      });
    });
    if (writes.some(({ write }) => write === 'discard')) this.#sweepLater();
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#last.catch(() => undefined);
    this.#reserve.close();
    await this.#release();
  }

  #makeRoom(writes: readonly Write[]): void {
    let entryBytes = 0;
    for (const write of writes) {
      // An entry may cost its pages and, in the worst case, a fresh leaf.
      if (write.write === 'entry')
        entryBytes += Math.ceil((write.entry.payload.length + 64) / PAGE_BYTES) * PAGE_BYTES;
    }
    if (entryBytes === 0) return;
    const { lastPageNumber, pageSize } = this.databases.root.getStats() as {
      lastPageNumber: number;
      pageSize: number;
    };
    this.#reserve.makeRoom((lastPageNumber + 1) * pageSize, entryBytes);
  }

  #put(write: Write): void {
    if (write.write === 'entry') {
      const { copy, entry } = write;
      this.#keep(this.databases.entries.put(entryKey(copy, entry.position), encodeEntry(entry)));
    } else if (write.write === 'loglet') this.#record(KEYS.loglet(write.record.logletId), write.record);
    else if (write.write === 'server') this.#record(KEYS.server, { format: 1, ...write.record });
    else if (write.write === 'trim') this.#record(KEYS.trim(write.trim.logId), write.trim);
    else if (write.write === 'descriptor') {
      const { logId, logletId } = write.descriptor;
      const key = KEYS.descriptor(logletId);
      this.#keep(this.databases.records.put(key, encodeDescriptor(write.descriptor)));
      this.#keep(this.databases.records.put(KEYS.index(logId, logletId), Buffer.alloc(0)));
    } else if (write.write === 'forget') {
      const { logId, logletId } = write;
      for (const key of [KEYS.loglet(logletId), KEYS.descriptor(logletId), KEYS.index(logId, logletId)])
        this.#keep(this.databases.records.remove(key));
    } else this.#discard(write);
  }

  /** Entries are deleted later, a few at a time: a large loglet must not hold up a seal. */
  #discard({ copy, from, to }: Garbage): void {
    const key = KEYS.garbage(copy);
    const stored = this.databases.records.getBinary(key);
    const start = stored ? decodeRecord(key, stored, garbageSchema).from : from;
    this.#record(key, { copy, from: start, to });
  }

  #sweepLater(): void {
    if (this.#sweeping || this.#closing) return;
    this.#sweeping = true;
    this.#sweep()
      .catch(() => undefined)
      .finally(() => {
        this.#sweeping = false;
      });
  }

  /** Nothing refers to garbage, so a crash between two steps only leaves some of it for the next start. */
  async #sweep(): Promise<void> {
    while (!this.#closing) {
      let swept = false;
      await this.#exclusive(() => {
        const [garbage] = this.#garbage();
        if (garbage === undefined) return Promise.resolve();
        swept = true;
        return this.#transaction(() => this.#sweepSome(garbage));
      });
      if (!swept) return;
    }
  }

  #sweepSome({ copy, from, to }: Garbage): void {
    const end = to - from > BigInt(SWEPT_AT_ONCE) ? from + BigInt(SWEPT_AT_ONCE) : to;
    for (let position = from; position < end; position += 1n)
      this.#keep(this.databases.entries.remove(entryKey(copy, position)));
    const key = KEYS.garbage(copy);
    if (end === to) this.#keep(this.databases.records.remove(key));
    else this.#record(key, { copy, from: end, to });
  }

  #garbage(): Garbage[] {
    const prefix = KEYS.garbage('');
    const range = { start: prefix, end: prefix + AFTER_ALL, limit: 1 };
    return [...this.databases.records.getRange(range)].map(({ key, value }) =>
      decodeRecord(key, value, garbageSchema),
    );
  }

  #record(key: string, record: unknown): void {
    this.#keep(this.databases.records.put(key, encodeRecord(record)));
  }

  /** Each put has a promise of its own; the transaction's one speaks for all of them. */
  #keep(put: Promise<boolean>): void {
    put.catch(() => undefined);
  }

  async #transaction(change: () => void): Promise<void> {
    try {
      await this.databases.root.batch(change);
      // A cached read transaction would still show what was before.
      this.databases.root.resetReadTxn();
    } catch (error) {
      const cause = (error as { commitError?: Promise<unknown> }).commitError;
      throw await Promise.resolve(cause).then(
        () => error,
        (reason: unknown) => reason ?? error,
      );
    }
  }

  /** One at a time, in order of arrival; a failure of one is not the next one's. */
  #exclusive(action: () => Promise<void>): Promise<void> {
    const run = this.#last.then(action, action);
    this.#last = run.catch(() => undefined);
    return run;
  }
}
