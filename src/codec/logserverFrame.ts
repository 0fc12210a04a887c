import type { Entry } from '../core/entry.ts';
import { PortError } from '../core/errors.ts';
import type { Position } from '../core/ids.ts';
import { LIMITS } from '../core/limits.ts';
import { crc32c } from './checksum.ts';

/**
 * Entries on the wire. Big-endian:
 *
 *   header   "VLF1" · u32 count · u64 mark · u32 CRC-32C of everything else but the magic
 *   entry    u64 position · u32 length · u32 CRC-32C of the payload · payload
 *
 * `mark` is `knownCommitted` where there is one. It lies behind the checksum: a damaged mark would let a store serve
 * what was never committed.
 */
export const FRAME_TYPE = 'application/vnd.vlog-dr.entries';

const MAGIC = 0x564c4631;
const HEADER_BYTES = 20;
const ENTRY_BYTES = 16;

/** The largest frame that is ever accepted. */
export const FRAME_BYTES_LIMIT = HEADER_BYTES + LIMITS.batchEntries * ENTRY_BYTES + LIMITS.batchBytes;

export interface Frame {
  readonly mark: Position;
  readonly entries: readonly Entry[];
}

export function encodeFrame({ mark, entries }: Frame): Buffer {
  const sizeBytes = entries.reduce((sum, { payload }) => sum + ENTRY_BYTES + payload.length, HEADER_BYTES);
  const frame = Buffer.allocUnsafe(sizeBytes);
  frame.writeUInt32BE(MAGIC, 0);
  frame.writeUInt32BE(entries.length, 4);
  frame.writeBigUInt64BE(mark, 8);
  let at = HEADER_BYTES;
  for (const { position, payload, crc } of entries) {
    frame.writeBigUInt64BE(position, at);
    frame.writeUInt32BE(payload.length, at + 8);
    frame.writeUInt32BE(crc, at + 12);
    frame.set(payload, at + ENTRY_BYTES);
    at += ENTRY_BYTES + payload.length;
  }
  frame.writeUInt32BE(checksumOf(frame), 16);
  return frame;
}

/** Throws `PortError` `corrupt` for anything but a whole, sound frame with consecutive positions. */
export function decodeFrame(frame: Buffer): Frame {
  if (frame.length < HEADER_BYTES || frame.readUInt32BE(0) !== MAGIC) throw broken('it has no frame header');
  if (checksumOf(frame) !== frame.readUInt32BE(16)) throw broken('its checksum is wrong');
  const count = frame.readUInt32BE(4);
  if (count > LIMITS.batchEntries)
    throw broken(`it holds ${count} entries; the limit is ${LIMITS.batchEntries}`);
  const entries: Entry[] = [];
  let at = HEADER_BYTES;
  for (let number = 0; number < count; number += 1) {
    const entry = decodeEntry(frame, at);
    const before = entries.at(-1);
    if (before !== undefined && entry.position !== before.position + 1n)
      throw broken(`position ${entry.position} follows ${before.position}`);
    entries.push(entry);
    at += ENTRY_BYTES + entry.payload.length;
  }
  if (at !== frame.length) throw broken(`${frame.length - at} bytes follow the last entry`);
  return { mark: frame.readBigUInt64BE(8), entries };
}

function decodeEntry(frame: Buffer, at: number): Entry {
  if (at + ENTRY_BYTES > frame.length) throw broken('it ends inside an entry');
  const length = frame.readUInt32BE(at + 8);
  const from = at + ENTRY_BYTES;
  if (length > LIMITS.entryBytes || from + length > frame.length)
    throw broken('an entry is longer than the frame');
  const payload = frame.subarray(from, from + length);
  const crc = frame.readUInt32BE(at + 12);
  const position = frame.readBigUInt64BE(at);
  if (position >= 1n << 63n) throw broken(`position ${position} is beyond 2^63`);
  if (crc32c(payload) !== crc) throw broken(`entry ${position} fails its checksum`);
  return { position, payload, crc };
}

function checksumOf(frame: Buffer): number {
  return (crc32c(frame.subarray(4, 16)) ^ crc32c(frame.subarray(HEADER_BYTES))) >>> 0;
}

function broken(message: string): PortError {
  return new PortError('corrupt', { subject: 'frame of entries', message });
}
