import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../src/codec/checksum.ts';
import { decodeDataObject, encodeDataObject } from '../../src/codec/dataObject.ts';
import { coverageOf, type DataObject, type Span, within, without } from '../../src/core/archive.ts';
import { sha256 } from '../../src/core/canonical.ts';
import { logId, logletId } from '../../src/core/ids.ts';
import { CLUSTER } from '../support/chains.ts';

const spans: fc.Arbitrary<Span> = fc
  .tuple(fc.bigInt({ min: 0n, max: 20n }), fc.bigInt({ min: 1n, max: 8n }))
  .map(([from, length]) => ({ from, to: from + length }));
const objects: fc.Arbitrary<DataObject[]> = fc.array(
  spans.map((span) => ({ ...span, sizeBytes: 1, sha256: `${span.from}` })),
  { maxLength: 8 },
);

/** Position by position: the dumb way. */
function positions(all: readonly Span[]): Set<bigint> {
  const set = new Set<bigint>();
  for (const { from, to } of all) for (let p = from; p < to; p += 1n) set.add(p);
  return set;
}
function minus(a: Set<bigint>, b: Set<bigint>): bigint[] {
  return [...a].filter((one) => !b.has(one)).sort((x, y) => (x < y ? -1 : 1));
}
const flat = (all: readonly Span[]) => [...positions(all)].sort((x, y) => (x < y ? -1 : 1));

describe('what of a span objects hold', () => {
  test('the gaps are the positions that no object has, and the objects used have the rest', () => {
    fc.assert(
      fc.property(objects, spans, (all, span) => {
        const { used, gaps } = coverageOf(all, span);
        expect(flat(gaps)).toEqual(minus(positions([span]), positions(all)));
        expect(minus(positions([span]), positions(used))).toEqual(flat(gaps));
      }),
    );
  });

  test('no object is used that the others make superfluous, and the order given does not matter', () => {
    fc.assert(
      fc.property(objects, spans, (all, span) => {
        const { used } = coverageOf(all, span);
        for (const one of used) {
          const others = used.filter((other) => other !== one);
          expect(minus(positions([span]), positions(others)).length).toBeGreaterThan(
            minus(positions([span]), positions(used)).length,
          );
        }
        expect(coverageOf(all.toReversed(), span)).toEqual(coverageOf(all, span));
      }),
    );
  });

  test('within and without share a span out between them', () => {
    fc.assert(
      fc.property(spans, fc.array(spans, { maxLength: 6 }), (span, all) => {
        expect(flat(without(span, all))).toEqual(minus(positions([span]), positions(all)));
        const inside = within(span, all);
        expect(flat([...inside, ...without(span, all)])).toEqual(flat([span]));
        // Joined: no two of them touch.
        inside.forEach((one, place) => {
          const next = inside[place + 1];
          if (next !== undefined) expect(next.from).toBeGreaterThan(one.to);
        });
      }),
    );
  });
});

describe('an object of entries', () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 10 });
  const entriesOf = (from: bigint, all: readonly Uint8Array[]) =>
    all.map((payload, place) => ({ position: from + BigInt(place), payload, crc: crc32c(payload) }));
  const headOf = (from: bigint, count: number) => ({
    clusterId: CLUSTER,
    logId: logId('1'),
    logletId: logletId('01J00000000000000000000000'),
    from,
    to: from + BigInt(count),
  });

  test('comes back as it was, and the same entries are the same bytes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 40n }), payloads, (from, all) => {
        const [head, entries] = [headOf(from, all.length), entriesOf(from, all)];
        const bytes = encodeDataObject(head, entries);
        expect(encodeDataObject(head, entriesOf(from, all)).equals(bytes)).toBe(true);
        const back = decodeDataObject(bytes, { ...head, sha256: sha256(bytes) });
        expect(back.map(({ position, payload }) => [position, Buffer.from(payload)])).toEqual(
          entries.map(({ position, payload }) => [position, Buffer.from(payload)]),
        );
      }),
    );
  });

  test('is refused with any bit flipped, cut anywhere, or under another name', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), fc.integer({ min: 0, max: 7 }), (all, at, bit) => {
        const head = headOf(5n, all.length);
        const bytes = encodeDataObject(head, entriesOf(5n, all));
        const named = { ...head, sha256: sha256(bytes) };
        const flipped = Buffer.from(bytes);
        const place = at % bytes.length;
        flipped[place] = (flipped[place] ?? 0) ^ (1 << bit);
        expect(() => decodeDataObject(flipped, named)).toThrow(/SHA-256/);
        const cut = bytes.subarray(0, place);
        expect(() => decodeDataObject(cut, named)).toThrow(/SHA-256/);
        // Also where whoever changed it gave it a digest that fits.
        expect(() => decodeDataObject(cut, { ...head, sha256: sha256(cut) })).toThrow();
        const other = { ...named, logId: logId('2') };
        expect(() => decodeDataObject(bytes, other)).toThrow(/does not say itself/);
      }),
    );
  });
});
