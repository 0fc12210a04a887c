import fc from 'fast-check';

/** Values that a careless decoder stumbles over. */
const NASTY: readonly unknown[] = [
  ...[null, true, '', '0', '-1', '01', ' 1', '9223372036854775808', '1e5', 0, -1, 0.5, 1e21, 2 ** 53],
  ...[[], {}, [[]], [null], { constructor: 1 }, '\u0000', '\ud800', '../../etc/passwd', 'x'.repeat(5_000)],
];

/** Deeper than any stack. */
export const DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const DEEP_OBJECT = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;

/** Bytes with a few of them changed, cut out, doubled or put in. Never the same bytes. */
export function damagedBytes(sound: Uint8Array): fc.Arbitrary<Buffer> {
  const place = fc.nat({ max: Math.max(sound.length - 1, 0) });
  const bytes = Buffer.from(sound);
  return fc
    .oneof(
      fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(([at, bits]) => {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ bits;
        return flipped;
      }),
      place.map((at) => bytes.subarray(0, at)),
      fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 16 })).map(([at, put]) => {
        return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at)]);
      }),
      fc.tuple(place, fc.integer({ min: 1, max: 64 })).map(([at, length]) => {
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
      }),
      fc.tuple(place, fc.integer({ min: 1, max: 64 })).map(([at, length]) => {
        return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
      }),
      fc.uint8Array({ maxLength: 200 }).map((any) => Buffer.from(any)),
    )
    .filter((damaged) => !damaged.equals(bytes));
}

/** JSON text with one of its members changed in meaning, taken away, doubled, or buried; or damaged as bytes. */
export function damagedJson(sound: string): fc.Arbitrary<Buffer> {
  const whole: unknown = JSON.parse(sound);
  const paths = pathsOf(whole);
  const value = fc.oneof(fc.constantFrom(...NASTY), fc.jsonValue({ maxDepth: 2 }));
  const changed = fc
    .tuple(fc.constantFrom(...paths), value)
    .map(([path, put]) => changedAt(whole, path, put));
  const without = fc.constantFrom(...paths).map((path) => changedAt(whole, path, undefined));
  const doubled = fc
    .tuple(fc.constantFrom(...paths), value)
    .map(
      ([path, put]) =>
        `${sound.trimEnd().slice(0, -1)},${JSON.stringify(path[0] ?? 'x')}:${JSON.stringify(put)}}`,
    );
  const buried = fc
    .tuple(fc.constantFrom(...paths), fc.constantFrom(DEEP, DEEP_OBJECT))
    .map(([path, deep]) => changedAt(whole, path, MARK).replace(JSON.stringify(MARK), () => deep));
  return fc.oneof(
    { weight: 4, arbitrary: changed.map((text) => Buffer.from(text)) },
    { weight: 2, arbitrary: without.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: doubled.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: buried.map((text) => Buffer.from(text)) },
    { weight: 4, arbitrary: damagedBytes(Buffer.from(sound)) },
  );
}

/** Many lines, one of them damaged as JSON, or all of it as bytes. */
export function damagedLines(sound: string): fc.Arbitrary<Buffer> {
  const lines = sound.split('\n').filter((line) => line !== '');
  const oneOfThem = fc
    .nat({ max: lines.length - 1 })
    .chain((at) =>
      damagedJson(lines[at] ?? '').map((damaged) =>
        Buffer.concat(
          lines.flatMap((line, number) => [number === at ? damaged : Buffer.from(line), Buffer.from('\n')]),
        ),
      ),
    );
  return fc.oneof(oneOfThem, damagedBytes(Buffer.from(sound)));
}

/** Damaged bytes that a report shows only the beginning of. */
export interface Damaged {
  readonly bytes: Buffer;
}

export function shown(bytes: Buffer): Damaged {
  const text = bytes.toString('latin1');
  const told = text.length > 2_000 ? `${text.slice(0, 2_000)}… (${text.length} bytes)` : text;
  return Object.assign({ bytes }, { [fc.toStringMethod]: () => JSON.stringify(told) });
}

type Path = readonly (string | number)[];
const MARK = '\u0001buried\u0001';

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path];
  const inside = Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]));
  return [path, ...inside];
}

/** The text of the value with one member replaced, or taken away. */
function changedAt(whole: unknown, path: Path, put: unknown): string {
  if (path.length === 0) return JSON.stringify(put) ?? '';
  const copy = structuredClone(whole);
  let at = copy as Record<string, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  if (put === undefined) delete at[last];
  else at[last] = put;
  return JSON.stringify(copy);
}
