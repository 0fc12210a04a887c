import type { Descriptor } from '../core/descriptor.ts';
import type { Entry } from '../core/entry.ts';
import type { LogId, LogletId, Position } from '../core/ids.ts';
import type { LogTrim } from '../core/logletState.ts';
import type { LogletRecord, ServerRecord, View, Write } from './records.ts';

/**
 * A view that also shows writes which are not committed yet: the commands of one batch see each other's effects.
 * Nothing read from it may be answered to anyone before the batch is durable.
 */
export class Overlay implements View {
  readonly #base: View;
  #server: ServerRecord | undefined;
  readonly #trims = new Map<LogId, LogTrim>();
  readonly #loglets = new Map<LogletId, LogletRecord | undefined>();
  readonly #descriptors = new Map<LogletId, Descriptor | undefined>();
  readonly #entries = new Map<string, Entry>();

  constructor(base: View) {
    this.#base = base;
  }

  apply(writes: readonly Write[]): void {
    for (const write of writes) {
      if (write.write === 'server') this.#server = write.record;
      else if (write.write === 'trim') this.#trims.set(write.trim.logId, write.trim);
      else if (write.write === 'loglet') this.#loglets.set(write.record.logletId, write.record);
      else if (write.write === 'descriptor')
        this.#descriptors.set(write.descriptor.logletId, write.descriptor);
      else if (write.write === 'entry')
        this.#entries.set(entryKey(write.copy, write.entry.position), write.entry);
      else if (write.write === 'forget') this.#forget(write.logletId);
    }
  }

  #forget(logletId: LogletId): void {
    this.#loglets.set(logletId, undefined);
    this.#descriptors.set(logletId, undefined);
  }

  server(): ServerRecord {
    return this.#server ?? this.#base.server();
  }

  trim(logId: LogId): LogTrim | undefined {
    return this.#trims.get(logId) ?? this.#base.trim(logId);
  }

  loglet(logletId: LogletId): LogletRecord | undefined {
    return this.#loglets.has(logletId) ? this.#loglets.get(logletId) : this.#base.loglet(logletId);
  }

  descriptor(logletId: LogletId): Descriptor | undefined {
    return this.#descriptors.has(logletId)
      ? this.#descriptors.get(logletId)
      : this.#base.descriptor(logletId);
  }

  *logletsOf(logId: LogId): Iterable<LogletId> {
    const seen = new Set<LogletId>();
    for (const [logletId, record] of this.#loglets) {
      seen.add(logletId);
      if (record?.logId === logId) yield logletId;
    }
    for (const logletId of this.#base.logletsOf(logId)) {
      if (!seen.has(logletId)) yield logletId;
    }
  }

  entry(copy: number, position: Position): Entry | undefined {
    return this.#entries.get(entryKey(copy, position)) ?? this.#base.entry(copy, position);
  }
}

export function entryKey(copy: number, position: Position): string {
  return `${copy}/${position}`;
}
