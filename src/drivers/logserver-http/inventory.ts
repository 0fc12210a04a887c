import type { Descriptors } from '../../codec/descriptors.ts';
import { decodeInventory, INVENTORY_TYPE } from '../../codec/inventoryStream.ts';
import { inventoryItemSchema } from '../../codec/logserver.ts';
import { isPortError } from '../../core/errors.ts';
import type { InventoryItem } from '../../ports/LogServer.ts';
import { decodeText, problemOf } from './answers.ts';
import { broken, type Call } from './failures.ts';
import { linesOf, type Transport } from './transport.ts';

/** A whole inventory, or a failure: one that is not whole proves nothing about what is absent. */
export async function* readInventory(
  call: Call,
  transport: Transport,
  descriptors: Descriptors,
): AsyncIterable<InventoryItem> {
  let loglets = 0;
  let last: InventoryItem['item'] | undefined;
  for await (const item of itemsOf(call, transport, descriptors)) {
    if (last === undefined && item.item !== 'server') throw broken(call, 'it does not open with the server');
    if (last === 'end') throw broken(call, 'it goes on after its end');
    if (item.item === 'loglet' || item.item === 'damaged') loglets += 1;
    if (item.item === 'end' && item.loglets !== loglets) throw broken(call, 'it was cut short');
    last = item.item;
    yield item;
  }
  if (last !== 'end') throw broken(call, 'it was cut short');
}

/** From older servers as lines of JSON. */
async function* itemsOf(
  call: Call,
  transport: Transport,
  descriptors: Descriptors,
): AsyncIterable<InventoryItem> {
  const { contentType, chunks } = await transport.stream(call);
  if (contentType !== INVENTORY_TYPE) {
    for await (const line of linesOf(call, chunks)) yield decodeText(call, inventoryItemSchema, line);
    return;
  }
  try {
    yield* decodeInventory(chunks, descriptors);
  } catch (error) {
    throw isPortError(error) && !isPortError(error, 'corrupt') ? error : broken(call, problemOf(error));
  }
}
