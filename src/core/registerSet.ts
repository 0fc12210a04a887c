import { createHash } from 'node:crypto';

/** One versioned register of an engine that is not ours: the value byte for byte as the engine keeps it. */
export interface RegisterValue {
  /** The engine's own version of this register; it grows with each write. */
  readonly version: number;
  readonly bytes: Uint8Array;
}

/** Registers of one cluster by the engine's own names. They are only good together. */
export type RegisterSet = ReadonlyMap<string, RegisterValue>;

/** Equal versions and equal bytes: an engine's version alone does not tell two histories apart. */
export function sameRegister(one: RegisterValue | undefined, other: RegisterValue | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.version === other.version && Buffer.compare(one.bytes, other.bytes) === 0;
}

/** Whether both hold the same registers with the same values. */
export function sameSet(one: RegisterSet, other: RegisterSet): boolean {
  return one.size === other.size && [...one].every(([key, value]) => sameRegister(value, other.get(key)));
}

/** SHA-256 over names, versions and bytes, in the order of names. */
export function registerSetDigest(set: RegisterSet): string {
  const hash = createHash('sha256');
  for (const [key, { version, bytes }] of [...set].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${key.length}:${key}${version}:${bytes.length}:`).update(bytes);
  return hash.digest('hex');
}
