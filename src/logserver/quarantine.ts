import type { QuarantineItem } from '../codec/logserver.ts';
import type { LogId } from '../core/ids.ts';
import type { InventoryItem, LogServer } from '../ports/LogServer.ts';
import { largest } from './positions.ts';

/** The entries at or above a final end, loglet by loglet: kept and listed, never served. */
export async function* quarantineOf(
  server: Pick<LogServer, 'inventory'>,
  query: { readonly logId?: LogId },
): AsyncIterable<QuarantineItem> {
  for await (const item of server.inventory(query)) {
    const found = quarantined(item);
    if (found !== undefined) yield found;
  }
}

function quarantined(item: InventoryItem): QuarantineItem | undefined {
  if (item.item !== 'loglet' || item.state.close === undefined) return undefined;
  const { localTail, firstHeld, close, descriptor } = item.state;
  const from = largest(close.end, firstHeld);
  return from < localTail ? { logletId: descriptor.logletId, from, to: localTail } : undefined;
}
