import type { Database, RootDatabase } from 'lmdb';
import { descriptorSchema, logTrimSchema } from '../../codec/descriptor.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Entry } from '../../core/entry.ts';
import type { LogId, LogletId, Position } from '../../core/ids.ts';
import type { LogTrim } from '../../core/logletState.ts';
import type { LogletRecord, ServerRecord, View } from '../records.ts';
import {
  AFTER_ALL,
  decodeEntry,
  decodeRecord,
  entryKey,
  KEYS,
  logletRecordSchema,
  serverRecordSchema,
  soundBody,
} from './layout.ts';

export interface Databases {
  readonly root: RootDatabase<Buffer, string>;
  readonly records: Database<Buffer, string>;
  readonly entries: Database<Buffer, Buffer>;
}

/** Reads of a store: what is committed, and nothing else. */
export class LmdbView implements View {
  protected readonly databases: Databases;

  constructor(databases: Databases) {
    this.databases = databases;
  }

  server(): ServerRecord {
    const stored = this.databases.records.getBinary(KEYS.server);
    if (stored === undefined) throw new Error('the store is not formatted');
    const { format: _, ...record } = decodeRecord(KEYS.server, stored, serverRecordSchema);
    return record;
  }

  trim(logId: LogId): LogTrim | undefined {
    const key = KEYS.trim(logId);
    const stored = this.databases.records.getBinary(key);
    return stored && decodeRecord(key, stored, logTrimSchema);
  }

  loglet(logletId: LogletId): LogletRecord | undefined {
    const key = KEYS.loglet(logletId);
    const stored = this.databases.records.getBinary(key);
    return stored && decodeRecord(key, stored, logletRecordSchema);
  }

  descriptor(logletId: LogletId): Descriptor | undefined {
    const key = KEYS.descriptor(logletId);
    const stored = this.databases.records.getBinary(key);
    return stored && decodeRecord(key, stored, descriptorSchema);
  }

  descriptorBytes(logletId: LogletId): Uint8Array | undefined {
    const key = KEYS.descriptor(logletId);
    const stored = this.databases.records.getBinary(key);
    return stored && soundBody(key, stored);
  }

  *logletsOf(logId: LogId): Iterable<LogletId> {
    const page = 256;
    let after: LogletId | undefined;
    do {
      const ids = this.logletIds({ logId, limit: page, ...(after !== undefined && { after }) });
      yield* ids;
      after = ids.length < page ? undefined : ids.at(-1);
    } while (after !== undefined);
  }

  entry(copy: number, position: Position): Entry | undefined {
    const stored = this.databases.entries.getBinary(entryKey(copy, position));
    return stored && decodeEntry(position, stored);
  }

  logletIds(query: {
    readonly after?: LogletId;
    readonly limit: number;
    readonly logId?: LogId;
  }): LogletId[] {
    const { after, logId, limit } = query;
    const key = (id: LogletId | '') => (logId === undefined ? KEYS.loglet(id) : KEYS.index(logId, id));
    return this.#suffixes(key(''), after === undefined ? undefined : key(after), limit) as LogletId[];
  }

  trimmedLogs({ after, limit }: { readonly after?: LogId; readonly limit: number }): LogId[] {
    const last = after === undefined ? undefined : KEYS.trim(after);
    return this.#suffixes(KEYS.trim(''), last, limit) as LogId[];
  }

  #suffixes(prefix: string, after: string | undefined, limit: number): string[] {
    const range = {
      start: after ?? prefix,
      end: prefix + AFTER_ALL,
      exclusiveStart: after !== undefined,
      limit,
    };
    return [...this.databases.records.getKeys(range)].map((key) => key.slice(prefix.length));
  }
}
