import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toJson, toJsonPieces } from '../../src/codec/common.ts';
import { canonicalJson, digestOf, sha256 } from '../../src/core/canonical.ts';

/** Whatever a document may hold, the absent, the empty and what needs escaping among it. */
const { value, object } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, '', 'a\nb', '"', ' ', 7n),
    fc.maxSafeInteger(),
    fc.string(),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.string(), fc.option(tie('value'), { nil: undefined }), { maxKeys: 5 }),
}));

test('a document in pieces is the document', () => {
  fc.assert(
    fc.property(object, (one) => {
      expect([...toJsonPieces(one as object)].join('')).toBe(toJson(one, 2));
    }),
    { numRuns: 500 },
  );
});

test('the digest of an object is that of its canonical JSON', () => {
  fc.assert(
    fc.property(value, (one) => {
      expect(digestOf(one)).toBe(sha256(canonicalJson(one)));
    }),
    { numRuns: 500 },
  );
});
