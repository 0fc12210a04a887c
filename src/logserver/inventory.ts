import type { StoredLoglet } from '../codec/inventoryStream.ts';
import { isPortError } from '../core/errors.ts';
import type { LogId, LogletId } from '../core/ids.ts';
import type { ServerStatus } from '../core/logletState.ts';
import type { InventoryItem } from '../ports/LogServer.ts';
import { type CheckedRecord, checkedRecord, type EntryCheck } from './checkedRecord.ts';
import { bareStateOf, mustBeThere, stateOf } from './machine/guards.ts';
import type { LogStore } from './store.ts';

const PAGE = 256;

/** Of one log if given; with a check every loglet's entries are read before it is given. */
interface Query {
  readonly logId?: LogId;
  readonly check?: EntryCheck;
}

/** Everything a store knows but entries. */
export function inventoryOf(
  store: LogStore,
  status: ServerStatus,
  query: Query,
): AsyncIterable<InventoryItem> {
  return itemsOf(store, status, query, (record) => ({ item: 'loglet', state: stateOf(store, record) }));
}

/** The same, with loglets as they are stored: what is only sent on need not be understood. */
export function storedInventoryOf(
  store: LogStore,
  status: ServerStatus,
  query: Query,
): AsyncIterable<InventoryItem | StoredLoglet> {
  return itemsOf(store, status, query, (record) => ({
    logletId: record.logletId,
    state: bareStateOf(record),
    descriptor: mustBeThere(record, store.descriptorBytes(record.logletId)),
  }));
}

/** Page by page: memory stays bounded, whatever the number of loglets. */
async function* itemsOf<Loglet>(
  store: LogStore,
  status: ServerStatus,
  { check, ...query }: Query,
  loglet: (record: CheckedRecord) => Loglet,
): AsyncIterable<InventoryItem | Loglet> {
  yield { item: 'server', status };
  yield* trims(store, query);
  let loglets = 0;
  let after: LogletId | undefined;
  for (;;) {
    const page = store.logletIds({ ...query, ...(after !== undefined && { after }), limit: PAGE });
    for (const logletId of page) {
      const item = yield* logletItem(store, logletId, { check, loglet });
      if (item !== undefined) {
        loglets += 1;
        yield item;
      }
    }
    after = page.at(-1);
    if (after === undefined || page.length < PAGE) break;
  }
  yield { item: 'end', loglets };
}

function* trims(store: LogStore, query: { readonly logId?: LogId }): Iterable<InventoryItem> {
  if (query.logId !== undefined) {
    const trim = store.trim(query.logId);
    if (trim !== undefined) yield { item: 'log', trim };
    return;
  }
  let after: LogId | undefined;
  do {
    const page = store.trimmedLogs({ ...(after !== undefined && { after }), limit: PAGE });
    for (const logId of page) {
      const trim = store.trim(logId);
      if (trim !== undefined) yield { item: 'log', trim };
    }
    after = page.length < PAGE ? undefined : page.at(-1);
  } while (after !== undefined);
}

/** `undefined` when it was dropped since the page was read. A damaged record is reported, never left out. */
async function* logletItem<Loglet>(
  store: LogStore,
  logletId: LogletId,
  { check, loglet }: { check: EntryCheck | undefined; loglet: (record: CheckedRecord) => Loglet },
): AsyncGenerator<InventoryItem, InventoryItem | Loglet | undefined> {
  try {
    const record =
      check === undefined ? store.loglet(logletId) : yield* checkedRecord(store, logletId, check);
    return record && loglet(record);
  } catch (error) {
    if (!isPortError(error, 'corrupt')) throw error;
    return { item: 'damaged', logletId, detail: error.message };
  }
}
