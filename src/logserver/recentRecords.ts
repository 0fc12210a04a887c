import type { Descriptor } from '../core/descriptor.ts';
import type { Entry } from '../core/entry.ts';
import type { LogId, LogletId, Position } from '../core/ids.ts';
import type { LogTrim } from '../core/logletState.ts';
import type { LogletRecord, ServerRecord, View, Write } from './records.ts';

const LOGLETS_KEPT = 1_024;

/**
 * The store as its commands see it, with the records that they ask for again and again kept in memory, decoded. A process
 * owns its store alone, so what it committed last is what is there. An inventory reads the store itself: a record that
 * was damaged on the disk must be found, also while nobody needs to read it.
 */
export class RecentRecords implements View {
  readonly #store: View;
  #server: ServerRecord | undefined;
  readonly #loglets = new Map<LogletId, LogletRecord>();

  constructor(store: View) {
    this.#store = store;
  }

  /** These writes are durable now. */
  committed(writes: readonly Write[]): void {
    for (const write of writes) {
      if (write.write === 'server') this.#server = write.record;
      else if (write.write === 'loglet') this.#keep(write.record);
      else if (write.write === 'forget') this.#loglets.delete(write.logletId);
    }
  }

  /** It is not known what the store holds. */
  forget(): void {
    this.#server = undefined;
    this.#loglets.clear();
  }

  server(): ServerRecord {
    this.#server ??= this.#store.server();
    return this.#server;
  }

  loglet(logletId: LogletId): LogletRecord | undefined {
    const kept = this.#loglets.get(logletId);
    if (kept !== undefined) return kept;
    const stored = this.#store.loglet(logletId);
    if (stored !== undefined) this.#keep(stored);
    return stored;
  }

  trim(logId: LogId): LogTrim | undefined {
    return this.#store.trim(logId);
  }

  descriptor(logletId: LogletId): Descriptor | undefined {
    return this.#store.descriptor(logletId);
  }

  logletsOf(logId: LogId): Iterable<LogletId> {
    return this.#store.logletsOf(logId);
  }

  entry(copy: number, position: Position): Entry | undefined {
    return this.#store.entry(copy, position);
  }

  /** The last one asked for is the last to go. */
  #keep(record: LogletRecord): void {
    this.#loglets.delete(record.logletId);
    this.#loglets.set(record.logletId, record);
    const [oldest] = this.#loglets.keys();
    if (this.#loglets.size > LOGLETS_KEPT && oldest !== undefined) this.#loglets.delete(oldest);
  }
}
