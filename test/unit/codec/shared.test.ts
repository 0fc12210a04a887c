import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { positionSchema } from '../../../src/codec/common.ts';
import { shared, sharedById } from '../../../src/codec/shared.ts';

const plain = z.strictObject({
  logletId: z.string().min(1),
  tail: positionSchema,
  sealed: z.boolean().exactOptional(),
  on: z.array(z.strictObject({ id: z.string() })).max(2),
});

/** Few values of each member, so that the same id comes with other states, with none, and with what is refused. */
const json = fc.oneof(
  fc.record(
    {
      logletId: fc.constantFrom<unknown>('a', 'b', '', 7),
      tail: fc.constantFrom<unknown>('0', '1', '01', 1),
      sealed: fc.boolean(),
      on: fc.array(fc.record({ id: fc.constantFrom('x', 'y') }), { maxLength: 3 }),
      more: fc.constant(1),
    },
    { requiredKeys: ['logletId', 'tail', 'on'] },
  ),
  fc.constantFrom<unknown>(null, 'a', [], ['a'], { logletId: 'a' }),
);

for (const [name, share] of [
  ['by its text', shared],
  ['by its id', sharedById],
] as const) {
  test(`a value known ${name} is decoded as without, whatever came before it`, () => {
    fc.assert(
      fc.property(fc.array(json, { maxLength: 30 }), (all) => {
        const schema = share(plain);
        for (const one of all) {
          const [ours, theirs] = [schema.safeParse(one), plain.safeParse(one)];
          expect(ours.success).toBe(theirs.success);
          expect(ours.data).toEqual(theirs.data);
          expect(ours.error?.issues[0]?.path).toEqual(theirs.error?.issues[0]?.path);
        }
      }),
      { numRuns: 300 },
    );
  });

  test(`known ${name}, it is one value`, () => {
    const schema = share(plain);
    const one = { logletId: 'a', tail: '1', on: [{ id: 'x' }] };
    const first = schema.parse(one);
    expect(schema.parse(structuredClone(one))).toBe(first);
    expect(schema.parse({ ...one, tail: '2' })).toEqual({ ...first, tail: 2n });
  });
}
