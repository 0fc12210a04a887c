import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { serverId } from '../../src/core/ids.ts';
import { isSealQuorum } from '../../src/core/quorum.ts';
import type { LogletAnswer } from '../../src/core/restate/logletLook.ts';
import { logletIdOf } from '../../src/core/restate/loglets.ts';
import { rebuildLog } from '../../src/core/restate/rebuildLog.ts';
import { writeSystem } from '../../src/core/restate/storage.ts';
import type { ClusterNode, Segment } from '../../src/core/restate/values.ts';
import { liveAndSeal, type SealedLoglet } from '../support/scatteredHistory.ts';

const RUNS = { numRuns: 300 };
const LOG = 2;

/** A log whose loglets lived and were sealed one after the other; the last one may still be open. */
interface History {
  readonly size: number;
  readonly copies: { node?: number };
  readonly loglets: readonly SealedLoglet[];
  readonly lastIsOpen: boolean;
}

const histories = fc
  .record({
    size: fc.integer({ min: 1, max: 4 }),
    copies: fc.record({ node: fc.integer({ min: 1, max: 3 }) }),
    dice: fc.array(fc.array(fc.nat({ max: 1000 }), { minLength: 60, maxLength: 60 }), {
      minLength: 1,
      maxLength: 5,
    }),
    lastIsOpen: fc.boolean(),
  })
  .filter(({ size, copies }) => copies.node <= size)
  .map(
    ({ size, copies, dice, lastIsOpen }): History => ({
      size,
      copies,
      lastIsOpen,
      loglets: dice.map((numbers) => liveAndSeal({ copies, size, numbers })),
    }),
  );

/** The chain as the control plane had it: summed from the tails that the seals decided, empty segments left out. */
function truth({ loglets }: History): [index: number, base: bigint][] {
  const bases: [number, bigint][] = [];
  let base = 1n;
  loglets.forEach(({ tail }, index) => {
    const isLast = index === loglets.length - 1;
    if (isLast || tail > 1n) bases.push([index, base]);
    base += tail - 1n;
  });
  return bases;
}

function nodesOf(size: number): ClusterNode[] {
  return Array.from({ length: size }, (_, place) => ({
    id: place + 1,
    name: `n${place + 1}`,
    generation: 1,
    address: `http://n${place + 1}`,
    location: '',
    roles: ['log-server'],
    storageState: 'read-write',
    metadataState: 'member',
  }));
}

function answersOf(history: History, bits: number, withRecords: boolean): Map<bigint, LogletAnswer[]> {
  return new Map(
    history.loglets.map(({ answers }, index) => {
      const logletId = logletIdOf(LOG, index);
      const isOpen = history.lastIsOpen && index === history.loglets.length - 1;
      const given = answers.map(
        ({ localTail, knownTail, trimPoint, sealed, records }, place): LogletAnswer => {
          const copy = {
            logletId,
            localTail,
            knownGlobalTail: knownTail,
            trimPoint,
            sealed: sealed && !isOpen,
          };
          return { nodeId: place + 1, copy, ...(withRecords && records && { records }) };
        },
      );
      return [logletId, given.filter(({ nodeId }) => (bits >> (nodeId - 1)) & 1)];
    }),
  );
}

function rebuild(history: History, bits: number, options: { withRecords: boolean; knows: number }) {
  const nodes = nodesOf(history.size);
  const otherwise = { nodeset: nodes.map(({ id }) => id), replication: history.copies };
  const known = truth(history)
    .slice(0, options.knows)
    .map(
      ([index, base]): Segment => ({
        ...{ kind: 'replicated', index, base, logletId: logletIdOf(LOG, index), ...otherwise },
        sequencer: { id: 1, generation: 1 },
      }),
    );
  return rebuildLog({
    logId: LOG,
    nodes,
    otherwise,
    ...(known.length > 0 && { chain: { segments: known, from: 'a backup' } }),
    answers: answersOf(history, bits, options.withRecords),
    answering: new Set(otherwise.nodeset.filter((id) => (bits >> (id - 1)) & 1)),
    sequencers: new Map(),
  });
}

/** Somebody was told where it ended, and no seal that lost has left more. */
function isTold({ answers, tail, completedBeyond }: SealedLoglet): boolean {
  return !completedBeyond && answers.some(({ knownTail }) => knownTail === tail);
}

/** Of three copies one node was sealed and is silent: the others hold a record of loglet 0 that came no further, and nothing of 1. */
const UNSEEN_SUCCESSOR: History = {
  ...{ size: 3, copies: { node: 3 }, lastIsOpen: false },
  loglets: [2n, 1n].map((others) => ({
    ...{ system: writeSystem({ node: 3 }, []), tail: 1n, completedBeyond: false },
    answers: [1n, others, others].map((localTail, place) => ({
      ...{
        serverId: serverId(`N${place + 1}`),
        localTail,
        knownTail: 1n,
        trimPoint: 0n,
        sealed: place === 0,
      },
    })),
  })),
};

/** The last one seen may have ended empty, and its empty successors have its base: what it holds was acknowledged to nobody. */
function inPlaceOfSuccessor(history: History, last: number): [index: number, base: bigint][] {
  const bases = truth(history);
  const [successor] = bases.filter(([index]) => index > last);
  const isListed = last < 0 || bases.some(([index]) => index === last);
  return isListed || successor === undefined ? [] : [[last, successor[1]]];
}

const basesOf = (rebuilt: ReturnType<typeof rebuild>) =>
  (rebuilt?.segments ?? []).map(({ segment }) => [segment.index, segment.base] as const);

describe('a chain rebuilt from the log-servers', () => {
  test('is the lost one whenever it is called proven, whoever answers, with or without an older chain', () => {
    fc.assert(
      fc.property(
        histories,
        fc.integer({ min: 0, max: 15 }),
        fc.boolean(),
        fc.nat({ max: 5 }),
        (history, bits, withRecords, knows) => {
          const rebuilt = rebuild(history, bits, { withRecords, knows });
          expect(rebuilt?.verdict).not.toBe('contradiction');
          if (rebuilt?.verdict !== 'proven') return;
          // An empty last loglet that nobody was told of is found again by its id when the log goes on.
          const last = rebuilt.segments.at(-1)?.segment.index ?? -1;
          const expected = truth(history).filter(([index]) => index <= last);
          expect(basesOf(rebuilt)).toEqual([...expected, ...inPlaceOfSuccessor(history, last)]);
          const unseen = history.loglets.slice(last + 1);
          expect(unseen.every(({ tail }) => tail === 1n)).toBe(true);
        },
      ),
      { ...RUNS, examples: [[UNSEEN_SUCCESSOR, 0b110, false, 0]] },
    );
  });

  test('gives up no record that may have been acknowledged, while a seal quorum answers', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: 15 }), fc.nat({ max: 5 }), (history, bits, knows) => {
        const { system } = history.loglets[0] ?? {};
        fc.pre(
          system !== undefined &&
            isSealQuorum(system, new Set(system.members.filter((_, bit) => (bits >> bit) & 1))),
        );
        const found = new Map(basesOf(rebuild(history, bits, { withRecords: true, knows })));
        for (const [index, base] of truth(history))
          if (history.loglets[index]?.tail !== 1n) expect(found.get(index)).toBeGreaterThanOrEqual(base);
      }),
      RUNS,
    );
  });

  test('is proven, and whole, when everybody answers, and of each loglet somebody was told its tail', () => {
    fc.assert(
      fc.property(histories, fc.nat({ max: 5 }), (history, knows) => {
        fc.pre(history.loglets.every(isTold));
        const rebuilt = rebuild(history, 15, { withRecords: true, knows });
        if (rebuilt === undefined) {
          expect(history.loglets.every(({ tail }) => tail === 1n)).toBe(true);
          return;
        }
        expect(rebuilt.verdict).toBe('proven');
        expect(rebuilt.lost).toEqual([]);
      }),
      RUNS,
    );
  });
});
