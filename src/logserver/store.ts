import type { LogId, LogletId } from '../core/ids.ts';
import type { View, Write } from './records.ts';

/**
 * Where a LogServer keeps everything. The view shows committed data only, and what it shows is durable: a reply may
 * rest on it.
 */
export interface LogStore extends View {
  /**
   * Atomic; durable when it resolves. Throws `StoreFullError` when there is no room: then nothing was written. After
   * any other error the store must not be used again: it is not known what was written.
   */
  commit(writes: readonly Write[]): Promise<void>;

  /** The bytes of a descriptor's JSON, as stored; canonical but where an older version wrote them. */
  descriptorBytes(logletId: LogletId): Uint8Array | undefined;

  /** Loglet ids in ascending order, after the one given. */
  logletIds(query: { readonly after?: LogletId; readonly limit: number; readonly logId?: LogId }): LogletId[];

  /** Log ids that have a trim point, in ascending order, after the one given. */
  trimmedLogs(query: { readonly after?: LogId; readonly limit: number }): LogId[];

  close(): Promise<void>;
}

/** No room for a batch. Nothing of it was written; reads go on, and so do commits that need no new room. */
export class StoreFullError extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = 'StoreFullError';
  }
}
