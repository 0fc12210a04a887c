import { z } from 'zod';
import { type RegisterSet, registerSetDigest } from '../core/registerSet.ts';
import { digestSchema } from './common.ts';
import type { Decoded } from './metastore.ts';
import { decodeSigned, encodeDocument, withDigest } from './snapshot.ts';

const register = z.strictObject({
  version: z.number().int().min(1).max(0xffff_ffff),
  /** Base64, byte for byte as the engine keeps it. */
  bytes: z.base64(),
});

/** All registers of a cluster of another engine, as they stood together. */
export const registerSetSchema = z.strictObject({
  schemaVersion: z.literal(1),
  kind: z.literal('register-set'),
  engine: z.literal('restate'),
  cluster: z.strictObject({ name: z.string(), fingerprint: z.string().regex(/^\d{1,20}$/) }),
  /**
   * `store`: read from the MetaStore, consistent. `caches`: from what nodes remember while the store is down; the
   * newest of each that any node has, and never the registers that no node keeps.
   */
  source: z.enum(['store', 'caches']),
  /** Over names, versions and bytes: equal for equal sets, whenever they were taken. */
  setDigest: digestSchema,
  registers: z.record(z.string().min(1).max(512), register),
  takenAt: z.number().int().min(0),
  writtenBy: z.string().max(256),
  digest: digestSchema,
});

export interface RegisterSetDocument {
  readonly engine: 'restate';
  readonly cluster: { readonly name: string; readonly fingerprint: bigint };
  readonly source: 'store' | 'caches';
  readonly set: RegisterSet;
  /** Milliseconds since 1970, by the clock of whoever took it. */
  readonly takenAt: number;
  readonly writtenBy: string;
}

export function encodeRegisterSet({ set, cluster, ...rest }: RegisterSetDocument): Uint8Array {
  const registers = [...set]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, { version, bytes }]) => [key, { version, bytes: Buffer.from(bytes).toString('base64') }]);
  return encodeDocument(
    withDigest({
      schemaVersion: 1,
      kind: 'register-set',
      ...rest,
      cluster: { name: cluster.name, fingerprint: cluster.fingerprint.toString() },
      setDigest: registerSetDigest(set),
      registers: Object.fromEntries(registers),
    }),
  );
}

export function decodeRegisterSet(bytes: Uint8Array): Decoded<RegisterSetDocument> {
  const decoded = decodeSigned(registerSetSchema, bytes);
  if (!decoded.ok) return decoded;
  const { engine, cluster, source, registers, takenAt, writtenBy, setDigest } = decoded.value;
  const set = new Map(
    Object.entries(registers).map(([key, { version, bytes: text }]) => [
      key,
      { version, bytes: new Uint8Array(Buffer.from(text, 'base64')) },
    ]),
  );
  if (registerSetDigest(set) !== setDigest)
    return { ok: false, problem: 'Its registers do not match their digest.' };
  return {
    ok: true,
    value: {
      ...{ engine, source, set, takenAt, writtenBy },
      cluster: { name: cluster.name, fingerprint: BigInt(cluster.fingerprint) },
    },
  };
}
