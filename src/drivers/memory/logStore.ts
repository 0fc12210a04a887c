import { canonicalJson } from '../../core/canonical.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Entry } from '../../core/entry.ts';
import type { LogId, LogletId, Position } from '../../core/ids.ts';
import type { LogTrim } from '../../core/logletState.ts';
import { entryKey } from '../../logserver/overlay.ts';
import type { LogletRecord, ServerRecord, Write } from '../../logserver/records.ts';
import type { LogStore } from '../../logserver/store.ts';

/** What a disk holds. It outlives the process that writes to it; damage to it is done here. */
export class MemoryDisk {
  server: ServerRecord;
  readonly trims = new Map<LogId, LogTrim>();
  readonly loglets = new Map<LogletId, LogletRecord>();
  readonly descriptors = new Map<LogletId, Descriptor>();
  readonly entries = new Map<string, Entry>();
  /** Awaited before a batch reaches the disk; what it throws is how the commit fails. */
  beforeCommit: (writes: readonly Write[]) => Promise<void> = async () => {};
  /** Awaited when a batch is on the disk and nobody has been told. */
  afterCommit: (writes: readonly Write[]) => Promise<void> = async () => {};

  constructor(server: Omit<ServerRecord, 'retired' | 'pledged' | 'nextCopy'>) {
    this.server = { ...server, retired: false, pledged: 0, nextCopy: 1 };
  }

  /** Flips a bit of a stored entry's payload, as a bad sector would. */
  damage(logletId: LogletId, position: Position): void {
    const record = this.loglets.get(logletId);
    const key = entryKey(record?.copy ?? 0, position);
    const entry = this.entries.get(key);
    if (entry === undefined) throw new Error(`no entry ${position} of ${logletId} to damage`);
    const payload = entry.payload.length === 0 ? Uint8Array.of(1) : Uint8Array.from(entry.payload);
    if (entry.payload.length > 0) payload[0] = (payload[0] ?? 0) ^ 1;
    this.entries.set(key, { ...entry, payload });
  }

  apply(writes: readonly Write[]): void {
    for (const write of writes) this.#applyOne(write);
  }

  #applyOne(write: Write): void {
    if (write.write === 'server') this.server = write.record;
    else if (write.write === 'trim') this.trims.set(write.trim.logId, write.trim);
    else if (write.write === 'descriptor') this.descriptors.set(write.descriptor.logletId, write.descriptor);
    else if (write.write === 'loglet') this.loglets.set(write.record.logletId, write.record);
    else if (write.write === 'entry')
      this.entries.set(entryKey(write.copy, write.entry.position), write.entry);
    else if (write.write === 'forget') {
      this.loglets.delete(write.logletId);
      this.descriptors.delete(write.logletId);
    } else
      for (let position = write.from; position < write.to; position += 1n)
        this.entries.delete(entryKey(write.copy, position));
  }
}

/** A process's handle on a disk. A commit happens whole or not at all; after `crash` nothing reaches the disk. */
export class MemoryLogStore implements LogStore {
  readonly #disk: MemoryDisk;
  #crashed = false;

  constructor(disk: MemoryDisk) {
    this.#disk = disk;
  }

  crash(): void {
    this.#crashed = true;
  }

  async commit(writes: readonly Write[]): Promise<void> {
    await this.#disk.beforeCommit(writes);
    if (this.#crashed) throw new Error('the process died before the commit');
    this.#disk.apply(writes);
    await this.#disk.afterCommit(writes);
  }

  server(): ServerRecord {
    return this.#disk.server;
  }

  trim(logId: LogId): LogTrim | undefined {
    return this.#disk.trims.get(logId);
  }

  loglet(logletId: LogletId): LogletRecord | undefined {
    return this.#disk.loglets.get(logletId);
  }

  descriptor(logletId: LogletId): Descriptor | undefined {
    return this.#disk.descriptors.get(logletId);
  }

  descriptorBytes(logletId: LogletId): Uint8Array | undefined {
    const descriptor = this.descriptor(logletId);
    return descriptor && new TextEncoder().encode(canonicalJson(descriptor));
  }

  logletsOf(logId: LogId): Iterable<LogletId> {
    return [...this.#disk.loglets.values()]
      .filter((record) => record.logId === logId)
      .map((record) => record.logletId);
  }

  entry(copy: number, position: Position): Entry | undefined {
    return this.#disk.entries.get(entryKey(copy, position));
  }

  logletIds(query: {
    readonly after?: LogletId;
    readonly limit: number;
    readonly logId?: LogId;
  }): LogletId[] {
    const { after, logId, limit } = query;
    const ids = logId === undefined ? [...this.#disk.loglets.keys()] : [...this.logletsOf(logId)];
    return page(ids, after, limit);
  }

  trimmedLogs(query: { readonly after?: LogId; readonly limit: number }): LogId[] {
    return page([...this.#disk.trims.keys()], query.after, query.limit);
  }

  async close(): Promise<void> {
    this.#crashed = true;
  }
}

function page<T extends string>(ids: T[], after: T | undefined, limit: number): T[] {
  return ids
    .sort()
    .filter((id) => after === undefined || id > after)
    .slice(0, limit);
}
