import type { z } from 'zod';
import { PortError } from '../core/errors.ts';
import type { LogletId } from '../core/ids.ts';
import type { LogletState } from '../core/logletState.ts';
import { crc32c } from './checksum.ts';
import { toJson } from './common.ts';
import type { Descriptors } from './descriptors.ts';
import { inventoryItemSchema } from './logserver.ts';

/**
 * An inventory on the wire, as a stream of records. Big-endian:
 *
 *   record   u8 kind · u32 length · u32 CRC-32C of the body · body
 *   kind 1   an inventory item as JSON, as a line of the other form
 *   kind 2   a loglet: u32 length of the state · its id and state as JSON, less the descriptor · the descriptor's bytes
 *
 * A descriptor travels as it is stored: canonical JSON, whose SHA-256 is its digest. So a server need not decode what it
 * sends, and of the same bytes from several servers only the first are decoded.
 */
export const INVENTORY_TYPE = 'application/vnd.vlog-dr.inventory';

/** As the port has it. */
export type InventoryItem =
  | Exclude<z.infer<typeof inventoryItemSchema>, { item: 'loglet' }>
  | { readonly item: 'loglet'; readonly state: LogletState };

/** A loglet as a server knows it without decoding what it stores. */
export interface StoredLoglet {
  readonly logletId: LogletId;
  readonly state: Omit<LogletState, 'descriptor'>;
  readonly descriptor: Uint8Array;
}

const HEAD_BYTES = 9;
const ITEM = 1;
const LOGLET = 2;
/** A record that is longer is an attack or a fault. */
const RECORD_BYTES_LIMIT = 16 * 1024 * 1024;

/** Any item but a loglet. */
export function encodeInventoryItem(item: object): Buffer {
  return record(ITEM, [Buffer.from(toJson(item))]);
}

export function encodeInventoryLoglet({ logletId, state, descriptor }: StoredLoglet): Buffer {
  const text = Buffer.from(toJson({ logletId, ...state }));
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(text.length);
  return record(LOGLET, [length, text, descriptor]);
}

/** Throws `PortError` `corrupt` for what is no sound record; a last one that was cut is not given. */
export async function* decodeInventory(
  chunks: AsyncIterable<Uint8Array>,
  descriptors: Descriptors,
): AsyncIterable<InventoryItem> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    for (let end = endOf(rest, at); end !== undefined && end <= rest.length; end = endOf(rest, at)) {
      yield decodeRecord(rest.subarray(at, end), descriptors);
      at = end;
    }
    rest = rest.subarray(at);
  }
}

/** Where the record ends that begins there; `undefined` when its head is not there yet. */
function endOf(bytes: Buffer, at: number): number | undefined {
  if (at + HEAD_BYTES > bytes.length) return undefined;
  const length = bytes.readUInt32BE(at + 1);
  if (length > RECORD_BYTES_LIMIT) throw broken(`a record of ${length} bytes`);
  return at + HEAD_BYTES + length;
}

function decodeRecord(bytes: Buffer, descriptors: Descriptors): InventoryItem {
  const body = bytes.subarray(HEAD_BYTES);
  if (crc32c(body) !== bytes.readUInt32BE(5)) throw broken('a record fails its checksum');
  const kind = bytes.readUInt8(0);
  if (kind === ITEM) return inventoryItemSchema.parse(JSON.parse(body.toString()));
  if (kind !== LOGLET || body.length < 4) throw broken(`a record of the unknown kind ${kind}`);
  const split = 4 + body.readUInt32BE(0);
  const { logletId, state } = descriptors.copy(body.toString('utf8', 4, split), body.subarray(split));
  // It exists, and it is not used: an inventory must not end over one damaged record.
  return state === undefined
    ? { item: 'damaged', logletId, detail: 'its descriptor cannot be read' }
    : { item: 'loglet', state };
}

function record(kind: number, parts: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(HEAD_BYTES), ...parts]);
  const body = bytes.subarray(HEAD_BYTES);
  bytes.writeUInt8(kind, 0);
  bytes.writeUInt32BE(body.length, 1);
  bytes.writeUInt32BE(crc32c(body), 5);
  return bytes;
}

function broken(message: string): PortError {
  return new PortError('corrupt', { subject: 'inventory', message });
}
