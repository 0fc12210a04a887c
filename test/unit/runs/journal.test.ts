import { expect, test } from 'vitest';
import { createJournal, memoryJournal } from '../../../src/runs/journal.ts';

const clock = { now: () => 7, sleep: async () => {} };
const asPosition = (stored: unknown) => BigInt(stored as string);

test('a step is written down before it is begun and after it is done', async () => {
  const { journal, records } = memoryJournal({ runId: 'r', clock });
  let seen: string[] = [];
  await journal.step('install', async () => {
    seen = records.map((record) => record.type);
  });
  expect(seen).toEqual(['begin']);
  expect(records.map((record) => record.type)).toEqual(['begin', 'done']);
});

test('a resumed run does not repeat a finished step and gets its result back', async () => {
  const first = memoryJournal({ runId: 'r', clock });
  await first.journal.step('seal', async () => 12n, asPosition);
  const second = memoryJournal({ runId: 'r', clock, earlier: first.records });
  let ran = false;
  const tail = await second.journal.step(
    'seal',
    async () => {
      ran = true;
      return 0n;
    },
    asPosition,
  );
  expect({ tail, ran }).toEqual({ tail: 12n, ran: false });
  expect(second.journal.report()).toMatchObject([{ step: 'seal', outcome: 'done', skipped: true }]);
});

test('a step that was only begun is done again', async () => {
  const second = memoryJournal({ runId: 'r', clock, earlier: [{ type: 'begin', step: 'seal', at: 1 }] });
  let ran = 0;
  await second.journal.step('seal', async () => {
    ran += 1;
  });
  expect(ran).toBe(1);
});

test('a failed step is recorded, its error is thrown on, and a resume tries it again', async () => {
  const first = memoryJournal({ runId: 'r', clock });
  await expect(
    first.journal.step('seal', async () => Promise.reject(new Error('no answer'))),
  ).rejects.toThrow('no answer');
  expect(first.records.at(-1)).toMatchObject({ type: 'failed', step: 'seal', message: 'no answer' });
  const second = memoryJournal({ runId: 'r', clock, earlier: first.records });
  await second.journal.step('seal', async () => {});
  expect(second.journal.report()).toMatchObject([{ outcome: 'done' }]);
});

test('a step does not run when its beginning cannot be written down', async () => {
  const sink = { append: async () => Promise.reject(new Error('disk full')) };
  let ran = false;
  await expect(
    createJournal({ runId: 'r', clock, sink }).step('seal', async () => {
      ran = true;
    }),
  ).rejects.toThrow('disk full');
  expect(ran).toBe(false);
});

test('a stored result that cannot be decoded stops the resume and says that the step was done', async () => {
  const first = memoryJournal({ runId: 'r', clock });
  await first.journal.step('seal', async () => 'twelve', String);
  const second = memoryJournal({ runId: 'r', clock, earlier: first.records });
  await expect(second.journal.step('seal', async () => 0n, asPosition)).rejects.toMatchObject({
    code: 'E_BAD_JOURNAL',
  });
});
