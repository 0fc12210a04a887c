import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Together } from '../../../src/drivers/logserver-http/together.ts';

/** Requests that end when they are told to. */
function requests() {
  const sent: { items: readonly number[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const send = (items: readonly number[]) =>
    new Promise<number[]>((resolve, reject) => {
      sent.push({ items, answer: () => resolve(items.map((item) => item * 10)), fail: reject });
    });
  return { sent, send };
}

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('calls that are made together share one request, and each gets its own answer', async () => {
  const { sent, send } = requests();
  const together = new Together({ send, weigh: () => 0 });
  const answers = Promise.all([1, 2, 3].map((item) => together.ask(item)));
  await turn();
  expect(sent.map(({ items }) => items)).toEqual([[1, 2, 3]]);
  sent[0]?.answer();
  expect(await answers).toEqual([10, 20, 30]);
});

test('while two requests are under way the others wait for the next one', async () => {
  const { sent, send } = requests();
  const together = new Together({ send, weigh: () => 0 });
  const asked: Promise<number>[] = [];
  for (const item of [1, 2, 3, 4]) {
    asked.push(together.ask(item));
    await turn();
    await turn();
  }
  expect(sent.map(({ items }) => items)).toEqual([[1], [2]]);
  sent[1]?.answer();
  expect(await asked[1]).toBe(20);
  await turn();
  await turn();
  expect(sent.map(({ items }) => items)).toEqual([[1], [2], [3, 4]]);
});

test('a request that is not answered does not hold up the next one', async () => {
  const { sent, send } = requests();
  const together = new Together({ send, weigh: () => 0 });
  const silent = [together.ask(1)];
  await turn();
  await turn();
  silent.push(together.ask(2));
  await turn();
  await turn();
  const third = together.ask(3);
  vi.runAllTimers();
  sent[2]?.answer();
  expect(await third).toBe(30);
  expect(silent).toHaveLength(2);
});

test('a failure is that of every caller of that request, and of no other', async () => {
  const { sent, send } = requests();
  const together = new Together({ send, weigh: () => 0.5 });
  const asked = [1, 2, 3].map((item) => together.ask(item));
  await turn();
  sent[0]?.fail(new Error('lost'));
  sent[1]?.answer();
  await expect(asked[0]).rejects.toThrow('lost');
  await expect(asked[1]).rejects.toThrow('lost');
  expect(await asked[2]).toBe(30);
});

test('what is not alike, or too much for one request, goes out in the order of the calls', async () => {
  const { sent, send } = requests();
  const together = new Together({
    send,
    weigh: (item) => (item === 9 ? Number.POSITIVE_INFINITY : 0),
    alike: (first, other) => first % 2 === other % 2,
  });
  const asked = [1, 3, 2, 9].map((item) => together.ask(item));
  await turn();
  expect(sent.map(({ items }) => items)).toEqual([[1, 3], [2]]);
  sent[0]?.answer();
  await asked[0];
  await turn();
  await turn();
  expect(sent.map(({ items }) => items)).toEqual([[1, 3], [2], [9]]);
});
