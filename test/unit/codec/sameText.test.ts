import { expect, test } from 'vitest';
import { SameText } from '../../../src/codec/sameText.ts';

function counted() {
  const texts = new SameText<{ readonly value: string }>();
  let decoded = 0;
  const take = (text: string) =>
    texts.take(text, () => {
      decoded += 1;
      if (text === 'damaged') throw new Error('damaged');
      return { value: text };
    });
  return { take, decoded: () => decoded };
}

test('the same text is decoded once, and is the same value', () => {
  const { take, decoded } = counted();
  expect(take('a')).toBe(take('a'));
  expect(take('b').value).toBe('b');
  expect(decoded()).toBe(2);
});

test('what was damaged is decoded again', () => {
  const { take, decoded } = counted();
  for (let times = 0; times < 2; times += 1) expect(() => take('damaged')).toThrow('damaged');
  expect(decoded()).toBe(2);
});

test('only the last ones are kept, and none that is large', () => {
  const { take, decoded } = counted();
  for (let text = 0; text <= 32; text += 1) take(String(text));
  expect(decoded()).toBe(33);
  for (let text = 17; text <= 32; text += 1) take(String(text));
  expect(decoded()).toBe(33);
  take('0');
  expect(decoded()).toBe(34);
  const large = 'x'.repeat(256 * 1024 + 1);
  take(large);
  take(large);
  expect(decoded()).toBe(36);
});
