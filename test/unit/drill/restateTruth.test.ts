import { expect, it } from 'vitest';
import { judgeCounters } from '../../../src/drill/restate/truth.ts';
import type { CounterVerdict } from '../../../src/sandbox/restate/load.ts';

const PROVEN = { verdict: 'proven', loss: 'none', ends: 'done' } as const;
const ACCEPTED = { verdict: 'unproven', loss: 'as stated', ends: 'done' } as const;

function judged(
  counter: Partial<CounterVerdict>,
  { expect: truth = PROVEN, stated = [], ...more }: Partial<Parameters<typeof judgeCounters>[0]> = {},
) {
  const one = { key: 'c0', acknowledged: 10, unknown: 2, value: 10, verdict: 'equal', ...counter } as const;
  return judgeCounters({
    ...{ expect: truth, verdict: truth.verdict, ended: 'done', stated, counters: [one] },
    ...more,
  });
}

it.each<[string, ReturnType<typeof judged>, boolean, RegExp]>([
  ['as its callers were told', judged({}), true, /^$/],
  ['with calls that nobody heard of', judged({ value: 12 }), true, /^$/],
  ['fewer than acknowledged', judged({ value: 9 }), false, /1 acknowledged calls are gone/],
  ['more than was ever asked for', judged({ value: 13 }), false, /applied twice/],
  [
    'fewer, and that had been stated',
    judged({ value: 9 }, { expect: ACCEPTED, stated: [{ from: 7n }] }),
    true,
    /^$/,
  ],
  [
    'fewer, and no plan had spoken of it',
    judged({ value: 9 }, { expect: ACCEPTED }),
    false,
    /no plan had spoken/,
  ],
  ['with the wrong verdict', judged({}, { verdict: 'unproven' }), false, /the truth is proven/],
  ['after another end', judged({}, { ended: 'stopped by decision' }), false, /ended as/],
])('a counter %s', (_, { ok, problems }, isGood, said) => {
  expect([ok, problems.join(' ')]).toEqual([isGood, expect.stringMatching(said)]);
});

it('which calls are gone nobody can tell, so nothing is said of their age', () => {
  expect(judged({ value: 9 })).toMatchObject({ lostEntries: 1, ackedEntries: 10, rpoSeconds: null });
  expect(judged({})).toMatchObject({ lostEntries: 0, rpoSeconds: 0 });
});
