import { z } from 'zod';
import { crc32c } from '../../codec/checksum.ts';
import {
  clusterIdSchema,
  digestSchema,
  generationSchema,
  locationSchema,
  logIdSchema,
  logletIdSchema,
  positionSchema,
  serverIdSchema,
  storeIdSchema,
  toJson,
  versionSchema,
} from '../../codec/common.ts';
import { closeRecordSchema } from '../../codec/descriptor.ts';
import { canonicalJson } from '../../core/canonical.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Entry } from '../../core/entry.ts';
import { PortError } from '../../core/errors.ts';
import type { LogId, LogletId, Position } from '../../core/ids.ts';
import type { LogletRecord, ServerRecord } from '../records.ts';

/**
 * What lies in a store: two LMDB databases. `records` maps text keys to JSON behind its CRC-32C; `entries` maps
 * (copy, position), two big-endian 64-bit numbers, to the payload behind its CRC-32C.
 */
export const KEYS = {
  server: 'server',
  owner: 'owner',
  trim: (logId: LogId | '') => `trim/${logId}`,
  loglet: (logletId: LogletId | '') => `loglet/${logletId}`,
  descriptor: (logletId: LogletId) => `descriptor/${logletId}`,
  /** Which loglets a log has here; the value is empty. */
  index: (logId: LogId, logletId: LogletId | '') => `of/${logId}/${logletId}`,
  garbage: (copy: number | '') => `garbage/${copy}`,
} as const;

/** Sorts after every key that continues a prefix: keys are ASCII. */
export const AFTER_ALL = '\x7f';

export const serverRecordSchema = z.strictObject({
  format: z.literal(1),
  serverId: serverIdSchema,
  storeId: storeIdSchema,
  clusterId: clusterIdSchema,
  location: locationSchema,
  generation: generationSchema.exactOptional(),
  retired: z.boolean(),
  pledged: z.number().int().min(0).default(0),
  nextCopy: z.number().int().min(1),
}) satisfies z.ZodType<ServerRecord>;

export const logletRecordSchema = z.strictObject({
  logletId: logletIdSchema,
  logId: logIdSchema,
  descriptorDigest: digestSchema,
  copy: z.number().int().min(1),
  start: positionSchema,
  firstHeld: positionSchema,
  localTail: positionSchema,
  sealed: z.boolean(),
  tailAtSeal: positionSchema.exactOptional(),
  activatedAt: versionSchema.exactOptional(),
  close: closeRecordSchema.exactOptional(),
  knownCommitted: positionSchema,
  corrupt: z.array(positionSchema).exactOptional(),
}) satisfies z.ZodType<LogletRecord>;

export const garbageSchema = z.strictObject({
  copy: z.number().int(),
  from: positionSchema,
  to: positionSchema,
});
export type Garbage = z.infer<typeof garbageSchema>;

export function encodeRecord(record: unknown): Buffer {
  return withCrc(Buffer.from(toJson(record)));
}

/** Canonical: its SHA-256 is its digest, and it can be sent as it is. */
export function encodeDescriptor(descriptor: Descriptor): Buffer {
  return withCrc(Buffer.from(canonicalJson(descriptor)));
}

/** A record that fails its checksum or its schema is never used: `corrupt`. */
export function decodeRecord<T>(key: string, stored: Buffer, schema: z.ZodType<T>): T {
  const body = soundBody(key, stored);
  try {
    return schema.parse(JSON.parse(body.toString()));
  } catch (error) {
    throw broken(key, 'it was written by an unknown version of this program', error);
  }
}

/** A record's bytes behind their checksum. */
export function soundBody(key: string, stored: Buffer): Buffer {
  const body = stored.subarray(4);
  if (stored.length < 4 || crc32c(body) !== stored.readUInt32BE(0))
    throw broken(key, 'its checksum is wrong');
  return body;
}

function broken(key: string, message: string, cause?: unknown): PortError {
  return new PortError('corrupt', { subject: `store record ${key}`, message, cause });
}

export function encodeEntry(entry: Entry): Buffer {
  const stored = Buffer.allocUnsafe(4 + entry.payload.length);
  stored.writeUInt32BE(entry.crc, 0);
  stored.set(entry.payload, 4);
  return stored;
}

export function decodeEntry(position: Position, stored: Buffer): Entry | undefined {
  if (stored.length < 4) return undefined;
  return { position, crc: stored.readUInt32BE(0), payload: stored.subarray(4) };
}

export function entryKey(copy: number, position: Position): Buffer {
  const key = Buffer.allocUnsafe(16);
  key.writeBigUInt64BE(BigInt(copy), 0);
  key.writeBigUInt64BE(position, 8);
  return key;
}

function withCrc(body: Buffer): Buffer {
  const stored = Buffer.allocUnsafe(4 + body.length);
  stored.writeUInt32BE(crc32c(body), 0);
  body.copy(stored, 4);
  return stored;
}
