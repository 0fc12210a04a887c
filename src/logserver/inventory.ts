import { isPortError } from '../core/errors.ts';
import type { LogId, LogletId } from '../core/ids.ts';
import type { ServerStatus } from '../core/logletState.ts';
import type { InventoryItem } from '../ports/LogServer.ts';
import { stateOf } from './machine/guards.ts';
import type { LogStore } from './store.ts';

const PAGE = 256;

/** Everything a store knows but entries, page by page: memory stays bounded, whatever the number of loglets. */
export async function* inventoryOf(
  store: LogStore,
  status: ServerStatus,
  query: { readonly logId?: LogId },
): AsyncIterable<InventoryItem> {
  yield { item: 'server', status };
  yield* trims(store, query);
  let loglets = 0;
  let after: LogletId | undefined;
  for (;;) {
    const page = store.logletIds({ ...query, ...(after !== undefined && { after }), limit: PAGE });
    for (const logletId of page) {
      const item = logletItem(store, logletId);
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
function logletItem(store: LogStore, logletId: LogletId): InventoryItem | undefined {
  try {
    const record = store.loglet(logletId);
    return record === undefined ? undefined : { item: 'loglet', state: stateOf(store, record) };
  } catch (error) {
    if (!isPortError(error, 'corrupt')) throw error;
    return { item: 'damaged', logletId, detail: error.message };
  }
}
