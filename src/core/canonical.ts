import { createHash } from 'node:crypto';

/**
 * Canonical JSON: keys sorted by code unit, no white space, positions (bigint) as decimal strings, `undefined`
 * members left out. Two values have the same bytes iff they are the same value, so digests can be compared.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'bigint') return `"${value}"`;
  if (value === null || typeof value !== 'object') {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new Error(`not canonical: ${value} is not a safe integer`);
    }
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  let text = '';
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

/** Lower-case hex SHA-256 of bytes, or of a string's UTF-8. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Digest of a value: SHA-256 of its canonical JSON. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}

/** The digest of a value that never changes, computed once for each object: chains are compared at every step. */
export function digestOnce<T extends object>(): (value: T) => string {
  const known = new WeakMap<T, string>();
  return (value) => {
    const before = known.get(value);
    if (before !== undefined) return before;
    const digest = digestOf(value);
    known.set(value, digest);
    return digest;
  };
}
