import { crc32c } from '../codec/checksum.ts';
import type { LogletId, Position } from '../core/ids.ts';
import type { LogletState } from '../core/logletState.ts';
import type { Clock } from '../ports/Clock.ts';
import type { InventoryItem } from '../ports/LogServer.ts';
import { LISTED_CORRUPT } from './machine/data.ts';
import type { LogletRecord } from './records.ts';
import type { LogStore } from './store.ts';

/** How entries are held against their checksums while an inventory is given. */
export interface EntryCheck {
  readonly clock: Clock;
  /** By that clock: what is not read by then is listed as it is. */
  readonly until: number;
  /** Remembers a damaged entry, as a reader that met it would. */
  note(logletId: LogletId, position: Position): Promise<void>;
}

/** What is read between two signs of life. */
const CHUNK_BYTES = 1024 * 1024;
/** Of an empty entry, too: finding it costs more than its bytes. */
const ENTRY_COST_BYTES = 256;

/** A record, and how far the entries that it stands for were just held against their checksums. */
export type CheckedRecord = LogletRecord & Pick<LogletState, 'checkedTo'>;

/** Reads every entry that this copy holds. Gives signs of life, then the record; `undefined` when it was dropped. */
export async function* checkedRecord(
  store: LogStore,
  logletId: LogletId,
  check: EntryCheck,
): AsyncGenerator<InventoryItem, CheckedRecord | undefined> {
  const before = store.loglet(logletId);
  if (before === undefined) return undefined;
  const broken: Position[] = [];
  let isWhole = true;
  let room = CHUNK_BYTES;
  for (let position = before.firstHeld; position < before.localTail; position += 1n) {
    const entry = store.entry(before.copy, position);
    if (entry === undefined || crc32c(entry.payload) !== entry.crc) {
      broken.push(position);
      await check.note(logletId, position);
    }
    room -= (entry?.payload.length ?? 0) + ENTRY_COST_BYTES;
    // A list that is cut says nothing about the rest.
    isWhole = broken.length < LISTED_CORRUPT && check.clock.now() < check.until;
    if (!isWhole) break;
    if (room > 0) continue;
    room = CHUNK_BYTES;
    yield { item: 'checking', logletId, upTo: position };
  }
  const record = store.loglet(logletId);
  if (record === undefined) return undefined;
  // Also what could not be noted; less what a trim has let go of meanwhile.
  const found = broken.filter((position) => position >= record.firstHeld);
  const corrupt = [...new Set([...(record.corrupt ?? []), ...found])].sort((a, b) => (a < b ? -1 : 1));
  return {
    ...record,
    ...(corrupt.length > 0 && { corrupt: corrupt.slice(0, LISTED_CORRUPT) }),
    ...(isWhole && { checkedTo: before.localTail }),
  };
}
