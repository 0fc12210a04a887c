import { createHash, hash } from 'node:crypto';

/**
 * Canonical JSON: keys sorted by code unit, no white space, positions (bigint) as decimal strings, `undefined`
 * members left out. Two values have the same bytes iff they are the same value, so digests can be compared.
 * `known` gives the texts of parts that were made before.
 */
export function canonicalJson(value: unknown, known?: WeakMap<object, string>): string {
  if (typeof value === 'bigint') return `"${value}"`;
  if (value === null || typeof value !== 'object') {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new Error(`not canonical: ${value} is not a safe integer`);
    }
    return JSON.stringify(value);
  }
  const before = known?.get(value);
  if (before !== undefined) return before;
  if (Array.isArray(value)) return `[${value.map((one) => canonicalJson(one, known)).join(',')}]`;
  let text = '';
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member, known)}`;
  }
  return `{${text}}`;
}

/** Lower-case hex SHA-256 of bytes, or of a string's UTF-8. */
export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data);
}

/** Digest of a value: SHA-256 of its canonical JSON, which need not fit into one string. */
export function digestOf(value: unknown): string {
  const hashing = createHash('sha256');
  for (const piece of canonicalPieces(value)) hashing.update(piece);
  return hashing.digest('hex');
}

/** Canonical JSON, cut between the elements of an object's arrays: a plan has one for each log. */
function* canonicalPieces(value: unknown): Iterable<string> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return yield canonicalJson(value);
  let before = '{';
  for (const [key, member] of Object.entries(value).sort(byKey)) {
    if (member === undefined) continue;
    yield `${before}${JSON.stringify(key)}:`;
    before = ',';
    if (Array.isArray(member)) yield* canonicalElements(member);
    else yield canonicalJson(member);
  }
  yield before === '{' ? '{}' : '}';
}

function* canonicalElements(elements: readonly unknown[]): Iterable<string> {
  yield '[';
  for (const [place, element] of elements.entries())
    yield `${place === 0 ? '' : ','}${canonicalJson(element)}`;
  yield ']';
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The digest of a value that never changes, computed once for each object: chains are compared at every step. `parts`
 * are shared between values, as segments are between versions of a chain, and their texts are kept.
 */
export function digestOnce<T extends object>(parts: (value: T) => readonly object[] = () => []) {
  return digestsOnce(parts).of;
}

/** The same; `know` takes a digest that was shown otherwise: by the canonical bytes that the value was decoded from. */
export function digestsOnce<T extends object>(parts: (value: T) => readonly object[] = () => []) {
  const digests = new WeakMap<T, string>();
  const texts = new WeakMap<object, string>();
  const of = (value: T): string => {
    const before = digests.get(value);
    if (before !== undefined) return before;
    for (const part of parts(value)) if (!texts.has(part)) texts.set(part, canonicalJson(part));
    const digest = sha256(canonicalJson(value, texts));
    digests.set(value, digest);
    return digest;
  };
  const know = (value: T, digest: string): void => {
    digests.set(value, digest);
  };
  return { of, know };
}
