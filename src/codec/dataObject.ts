import type { Span } from '../core/archive.ts';
import { sha256 } from '../core/canonical.ts';
import type { Entry } from '../core/entry.ts';
import { PortError } from '../core/errors.ts';
import type { ClusterId, LogId, LogletId } from '../core/ids.ts';
import { LIMITS } from '../core/limits.ts';
import { crc32c } from './checksum.ts';
import { toJson } from './common.ts';

/**
 * Entries as a repository keeps them. Big-endian:
 *
 *   head     "VLD1" · u32 length · JSON {clusterId, logId, logletId, from, to}
 *   entries  u32 length · u32 CRC-32C of the payload · payload; from `from` on, without a hole
 *
 * Nothing else is in it, so that the same entries are the same bytes whoever writes them. Its SHA-256 is in its name
 * and in the manifest.
 */
const MAGIC = 0x564c4431;
const HEAD_BYTES = 8;
const ENTRY_BYTES = 8;

export interface DataHead extends Span {
  readonly clusterId: ClusterId;
  readonly logId: LogId;
  readonly logletId: LogletId;
}

/** What an entry takes in an object. */
export function entryBytes({ payload }: Entry): number {
  return ENTRY_BYTES + payload.length;
}

export function encodeDataObject(head: DataHead, entries: readonly Entry[]): Buffer {
  const text = headText(head);
  const size = entries.reduce((sum, entry) => sum + entryBytes(entry), HEAD_BYTES + text.length);
  const bytes = Buffer.allocUnsafe(size);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt32BE(text.length, 4);
  bytes.set(text, HEAD_BYTES);
  let at = HEAD_BYTES + text.length;
  for (const { payload, crc } of entries) {
    bytes.writeUInt32BE(payload.length, at);
    bytes.writeUInt32BE(crc, at + 4);
    bytes.set(payload, at + ENTRY_BYTES);
    at += ENTRY_BYTES + payload.length;
  }
  return bytes;
}

/** Throws `PortError` `corrupt` for anything but the very object that is meant, whole and sound. */
export function decodeDataObject(bytes: Buffer, expected: DataHead & { readonly sha256: string }): Entry[] {
  const found = sha256(bytes);
  if (found !== expected.sha256) throw broken(`its SHA-256 is ${found}`);
  const text = headText(expected);
  const start = HEAD_BYTES + text.length;
  if (
    bytes.length < start ||
    bytes.readUInt32BE(0) !== MAGIC ||
    !bytes.subarray(HEAD_BYTES, start).equals(text)
  )
    throw broken('it does not say itself what its name says of it');
  const entries: Entry[] = [];
  let at = start;
  for (let position = expected.from; position < expected.to; position += 1n) {
    const length = at + ENTRY_BYTES <= bytes.length ? bytes.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    const from = at + ENTRY_BYTES;
    if (length > LIMITS.entryBytes || from + length > bytes.length) throw broken(`it ends at ${position}`);
    const payload = bytes.subarray(from, from + length);
    const crc = bytes.readUInt32BE(at + 4);
    if (crc32c(payload) !== crc) throw broken(`entry ${position} fails its checksum`);
    entries.push({ position, payload, crc });
    at = from + length;
  }
  if (at !== bytes.length) throw broken(`${bytes.length - at} bytes follow the last entry`);
  return entries;
}

function headText({ clusterId, logId, logletId, from, to }: DataHead): Buffer {
  return Buffer.from(toJson({ clusterId, logId, logletId, from, to }));
}

function broken(message: string): PortError {
  return new PortError('corrupt', { subject: 'object of log data', message });
}
