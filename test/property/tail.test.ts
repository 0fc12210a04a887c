import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Durability, durabilityProblems, type NodesetMember } from '../../src/core/durability.ts';
import { type ServerId, serverId, storeId } from '../../src/core/ids.ts';
import { containsCommitQuorum, quorumSystem } from '../../src/core/quorum.ts';
import { inferTail, type LogletShape, tailAcceptingLoss } from '../../src/core/tail.ts';
import { subsetsOf } from '../support/subsets.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'].map(serverId);
/** Positions of a case: start, and at most this many entries. */
const ENTRIES = 3;
const RUNS = { numRuns: 300 };

const policies = fc.oneof(
  fc.constantFrom<Durability>(
    { kind: 'all' },
    { kind: 'majority' },
    { kind: 'spread', zones: 2, copies: 2 },
    { kind: 'spread', zones: 2, copies: 3 },
  ),
  fc.record({ kind: fc.constant('count' as const), copies: fc.integer({ min: 1, max: 5 }) }),
  fc.record({
    kind: fc.constant('any-of' as const),
    quorums: fc.array(fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 3,
    }),
  }),
);

interface Truth {
  readonly loglet: LogletShape;
  readonly tails: ReadonlyMap<ServerId, bigint>;
  readonly answering: readonly ServerId[];
}

/** A loglet with any local tails, and those of its servers that answer. */
const truths: fc.Arbitrary<Truth> = fc
  .tuple(
    fc.integer({ min: 1, max: 5 }),
    policies,
    fc.array(fc.integer({ min: 0, max: ENTRIES }), { minLength: 5, maxLength: 5 }),
    fc.integer({ min: 0, max: 31 }),
    fc.bigInt({ min: 0n, max: 5n }),
  )
  .map(([size, durability, heights, bits, start]) => {
    const nodeset = NAMES.slice(0, size).map((id, place) => member(id, `eu/z${place % 3}`));
    return {
      loglet: { nodeset, durability, start },
      tails: new Map(nodeset.map(({ serverId: id }, place) => [id, start + BigInt(heights[place] ?? 0)])),
      answering: NAMES.slice(0, size).filter((_, bit) => (bits >> bit) & 1),
    };
  })
  .filter(({ loglet }) => durabilityProblems(loglet.durability, loglet.nodeset).length === 0);

function member(id: ServerId, location: string): NodesetMember {
  return { serverId: id, storeId: storeId(`${id}-disk`), location };
}

/** Everything that those who answer can have been part of: their own tails, any tails of the others. */
function historiesSeenBy({ loglet, tails, answering }: Truth): ReadonlyMap<ServerId, bigint>[] {
  const silent = loglet.nodeset.map((one) => one.serverId).filter((id) => !answering.includes(id));
  const known = new Map([...tails].filter(([id]) => answering.includes(id)));
  return silent.reduce<ReadonlyMap<ServerId, bigint>[]>(
    (all, id) => all.flatMap((one) => heights(loglet.start).map((tail) => new Map([...one, [id, tail]]))),
    [known],
  );
}

const heights = (start: bigint) => Array.from({ length: ENTRIES + 2 }, (_, more) => start + BigInt(more));

/** The longest prefix that a history may have acknowledged: each position on a commit quorum. */
function longestAcknowledged(
  { durability, nodeset, start }: LogletShape,
  tails: ReadonlyMap<ServerId, bigint>,
) {
  const system = quorumSystem(durability, nodeset);
  let position = start;
  const holders = (): Set<ServerId> =>
    new Set([...tails].filter(([, tail]) => tail > position).map(([id]) => id));
  while (containsCommitQuorum(system, holders())) position += 1n;
  return position;
}

const answersOf = ({ tails, answering, loglet }: Truth) =>
  answering.map((id) => ({
    serverId: id,
    localTail: tails.get(id) ?? loglet.start,
    knownCommitted: loglet.start,
  }));

describe('tail inference agrees with every history that the survivors can have been part of', () => {
  test('T is the longest prefix that some history acknowledged: no lower is safe, no higher is needed', () => {
    fc.assert(
      fc.property(truths, (truth) => {
        const inferred = inferTail(truth.loglet, answersOf(truth));
        if (inferred.kind !== 'tail') return;
        const possible = historiesSeenBy(truth).map((tails) => longestAcknowledged(truth.loglet, tails));
        const longest = possible.reduce((most, one) => (one > most ? one : most));
        expect(inferred.tail).toBe(longest);
      }),
      RUNS,
    );
  });

  test('P is what every history acknowledged at least had on a commit quorum', () => {
    fc.assert(
      fc.property(truths, (truth) => {
        const inferred = inferTail(truth.loglet, answersOf(truth));
        if (inferred.kind !== 'tail') return;
        const possible = historiesSeenBy(truth).map((tails) => longestAcknowledged(truth.loglet, tails));
        const shortest = possible.reduce((least, one) => (one < least ? one : least));
        expect(inferred.committed).toBe(shortest);
        expect(inferred.committed <= inferred.tail).toBe(true);
      }),
      RUNS,
    );
  });

  test('unsealable iff some history acknowledged an entry that none of the survivors has', () => {
    fc.assert(
      fc.property(truths, (truth) => {
        const highest = tailAcceptingLoss(truth.loglet, answersOf(truth));
        const unknown = historiesSeenBy(truth).some(
          (tails) => longestAcknowledged(truth.loglet, tails) > highest,
        );
        expect(inferTail(truth.loglet, answersOf(truth)).kind).toBe(unknown ? 'unsealable' : 'tail');
      }),
      RUNS,
    );
  });

  test('any of the sets it names would settle it, and no smaller one', () => {
    fc.assert(
      fc.property(truths, (truth) => {
        const inferred = inferTail(truth.loglet, answersOf(truth));
        if (inferred.kind !== 'unsealable') return;
        const kindWith = (more: readonly ServerId[]) =>
          inferTail(truth.loglet, answersOf({ ...truth, answering: [...truth.answering, ...more] })).kind;
        for (const set of inferred.wouldSettle) {
          expect(kindWith(set)).toBe('tail');
          const smaller = subsetsOf(set).filter((one) => one.length < set.length);
          expect(smaller.map(kindWith)).not.toContain('tail');
        }
      }),
      RUNS,
    );
  });

  test('more survivors never raise T', () => {
    fc.assert(
      fc.property(truths, fc.constantFrom(...NAMES), (truth, late) => {
        if (!truth.tails.has(late) || truth.answering.includes(late)) return;
        const before = inferTail(truth.loglet, answersOf(truth));
        const after = inferTail(truth.loglet, answersOf({ ...truth, answering: [...truth.answering, late] }));
        if (before.kind === 'tail') expect(after.kind === 'tail' && after.tail <= before.tail).toBe(true);
      }),
      RUNS,
    );
  });

  test('the order of the answers does not matter', () => {
    fc.assert(
      fc.property(truths, (truth) => {
        const answers = answersOf(truth);
        expect(inferTail(truth.loglet, [...answers].reverse())).toEqual(inferTail(truth.loglet, answers));
      }),
      RUNS,
    );
  });
});

describe('what a store knows to be committed', () => {
  const nodeset = NAMES.slice(0, 3).map((id, place) => member(id, `eu/z${place}`));
  const loglet: LogletShape = { nodeset, durability: { kind: 'all' }, start: 0n };
  const answer = (id: string, localTail: bigint, knownCommitted: bigint) => ({
    serverId: serverId(id),
    localTail,
    knownCommitted,
  });

  test('above the tail it is a contradiction, with the bounds of what is missing', () => {
    const inferred = inferTail(loglet, [answer('a', 9n, 9n), answer('b', 4n, 0n)]);
    expect(inferred).toMatchObject({ tail: 4n, contradiction: { from: 4n, to: 9n, said: 'a' } });
  });

  test('at the tail it is none', () => {
    const inferred = inferTail(loglet, [answer('a', 9n, 4n), answer('b', 4n, 0n)]);
    expect(inferred).not.toHaveProperty('contradiction');
  });
});
