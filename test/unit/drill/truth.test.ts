import { describe, expect, it } from 'vitest';
import { spreadOf } from '../../../src/drill/summary.ts';
import { judge, longestSilence, rangesOf, type Verdict } from '../../../src/drill/truth.ts';

const acked = [
  { position: 0n, at: 100 },
  { position: 1n, at: 200 },
  { position: 2n, at: 4_000 },
];

function judged(change: {
  readonly verdict?: Verdict;
  readonly expected?: Verdict;
  readonly loss?: 'none' | 'as stated';
  readonly lost?: readonly bigint[];
  readonly stated?: readonly { from: bigint; to?: bigint }[];
  readonly ended?: string;
}) {
  const {
    verdict = 'proven',
    expected = 'proven',
    loss = 'none',
    lost = [],
    stated = [],
    ended = 'done',
  } = change;
  return judge({
    expect: { verdict: expected, loss, ends: 'done' },
    ...{ verdict, ended, stated, disasterAt: 5_000 },
    found: { lost, acked },
  });
}

describe('a drill holds', () => {
  it('when nothing is lost and the verdict is right', () => {
    expect(judged({})).toMatchObject({ ok: true, problems: [], rpoSeconds: 0 });
  });

  it('when what is lost was stated and accepted', () => {
    const stated = {
      verdict: 'unproven',
      expected: 'unproven',
      loss: 'as stated',
      stated: [{ from: 1n }],
    } as const;
    expect(judged({ ...stated, lost: [1n, 2n] })).toMatchObject({ ok: true, unstated: 0, rpoSeconds: 4.8 });
  });
});

describe('a drill does not hold', () => {
  it.each([
    ['an entry is gone that no plan had spoken of', { lost: [0n] }, 'no plan had spoken of, the first at 0'],
    [
      'one of two that are gone was not stated',
      { lost: [0n, 1n], stated: [{ from: 1n, to: 2n }], loss: 'as stated' as const },
      '1 acknowledged entries are gone that no plan',
    ],
    [
      'nothing had to be lost, stated or not',
      { lost: [2n], stated: [{ from: 0n }] },
      'nothing had to be lost',
    ],
    ['it was proven and should not be', { expected: 'unproven' as const }, 'the truth is unproven'],
    ['it was not proven and should be', { verdict: 'unproven' as const }, 'the truth is proven'],
    [
      'the playbook was left before its end',
      { ended: 'stopped by decision' },
      'ended as "stopped by decision"',
    ],
  ])('when %s', (_, change, problem) => {
    const { ok, problems } = judged(change);
    expect(ok).toBe(false);
    expect(problems.join(' ')).toContain(problem);
  });
});

describe('the longest time without an acknowledgement', () => {
  const at = (...times: number[]) => times.map((time, place) => ({ position: BigInt(place), at: time }));

  it.each([
    ['begins with the last one before the disaster', at(90, 400, 500), 310],
    ['is not one that was over before the disaster', at(0, 80, 120, 300, 500), 200],
    ['lasts to the end where none comes any more', at(90, 150), 350],
  ])('%s', (_, times, expected) => {
    expect(longestSilence(times, { from: 100, to: 500 })).toBe(expected);
  });
});

it('the middle of an even number of runs lies between two', () => {
  expect(spreadOf([30, null, 10, 20, 40])).toEqual({ least: 10, median: 25, most: 40 });
  expect(spreadOf([null])).toBeNull();
});

it('positions that are neighbours are told together, whatever their order', () => {
  expect(rangesOf([7n, 3n, 4n, 5n, 9n])).toEqual([
    { from: 3n, to: 6n },
    { from: 7n, to: 8n },
    { from: 9n, to: 10n },
  ]);
});
