import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSealQuorum } from '../../src/core/quorum.ts';
import { type ScatteredAnswer, scatteredTail } from '../../src/core/scattered.ts';
import { liveAndSeal } from '../support/scatteredHistory.ts';

const RUNS = { numRuns: 400 };

const histories = fc
  .tuple(
    fc.record(
      { node: fc.integer({ min: 1, max: 4 }), zone: fc.integer({ min: 1, max: 3 }) },
      { requiredKeys: [] },
    ),
    fc.integer({ min: 1, max: 4 }),
    fc.array(fc.nat({ max: 1000 }), { minLength: 60, maxLength: 60 }),
  )
  .filter(([copies, size]) => {
    const needed = Math.max(copies.node ?? 0, copies.zone ?? 0);
    return needed > 0 && needed <= size;
  })
  .map(([copies, size, numbers]) => liveAndSeal({ copies, size, numbers }));

const withoutRecords = ({ records: _, ...copy }: ScatteredAnswer): ScatteredAnswer => copy;

describe('the tail of a scattered Loglet', () => {
  test('lies between the bounds, whoever answers, with and without what each holds', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 0, max: 15 }), fc.boolean(), (history, bits, known) => {
        const answering = history.answers.filter((_, bit) => (bits >> bit) & 1);
        const copies = known ? answering : answering.map(withoutRecords);
        const { told, committed, reachable, highest } = scatteredTail(history.system, copies, 1n);
        expect(told <= history.tail).toBe(true);
        expect(committed <= history.tail || history.completedBeyond).toBe(true);
        if (highest !== undefined) expect([reachable >= history.tail, reachable]).toEqual([true, highest]);
        for (let position = committed; known && position < (highest ?? 0n); position += 1n)
          expect(copies.some(({ records }) => records?.some(({ from }) => from === position))).toBe(true);
      }),
      RUNS,
    );
  });

  test('is exact when everybody answers and tells what it holds, and no seal that lost has completed more', () => {
    fc.assert(
      fc.property(histories, ({ system, answers, tail, completedBeyond }) => {
        const { committed, highest } = scatteredTail(system, answers, 1n);
        if (!completedBeyond) expect([committed, highest]).toEqual([tail, tail]);
      }),
      RUNS,
    );
  });

  test('has no upper bound while silent nodes alone could hold an acknowledged record', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 0, max: 15 }), ({ system, answers }, bits) => {
        const answering = answers.filter((_, bit) => (bits >> bit) & 1);
        const isSealable = isSealQuorum(system, new Set(answering.map((copy) => copy.serverId)));
        expect(scatteredTail(system, answering, 1n).highest !== undefined).toBe(isSealable);
      }),
      RUNS,
    );
  });
});
