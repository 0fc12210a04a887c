import { expect, test } from 'vitest';
import type { LogletFacts } from '../../../../src/core/reconstruct/facts.ts';
import { isOverruled } from '../../../../src/core/reconstruct/siblings.ts';
import { generation } from '../../../support/evidence.ts';

const parent = { lastIn: { generation: generation(4), version: 2004 } } as LogletFacts;
const child = { chainVersion: 1008 } as LogletFacts;

test('a register of a later recovery that ends with the parent decides against what an earlier one made', () => {
  expect(isOverruled(child, generation(3), { parent, latest: generation(4) })).toBe(true);
  expect(isOverruled(child, undefined, { parent, latest: generation(4) })).toBe(true);
  expect(isOverruled(child, generation(5), { parent, latest: generation(5) })).toBe(false);
});

test('one that was overtaken, of a generation behind that of the servers, decides nothing', () => {
  expect(isOverruled(child, generation(3), { parent, latest: generation(5) })).toBe(false);
});
