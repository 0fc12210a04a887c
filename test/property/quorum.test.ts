import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canHostSuccessor,
  type Durability,
  describeDurability,
  domainOf,
  durabilityProblems,
  isAdmissible,
  type NodesetMember,
  namedScopes,
  parseDurability,
  zoneOf,
} from '../../src/core/durability.ts';
import { type ServerId, serverId, storeId } from '../../src/core/ids.ts';
import {
  containsCommitQuorum,
  isSealQuorum,
  lossesUntilUnsealable,
  quorumSystem,
  setsThatWouldSeal,
} from '../../src/core/quorum.ts';
import { subsetsOf } from '../support/subsets.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'].map(serverId);
const RUNS = { numRuns: 400 };

const nodesets = fc
  .array(fc.constantFrom('eu/z1', 'eu/z2', 'eu/z3', 'us/z1', 'us', ''), { minLength: 1, maxLength: 6 })
  .map((zones) => zones.map((location, place) => member(NAMES[place] ?? serverId('x'), location)));

function member(id: ServerId, location: string): NodesetMember {
  return { serverId: id, storeId: storeId(`${id}-disk`), location };
}

const policies: fc.Arbitrary<Durability> = fc.oneof(
  fc.constantFrom<Durability>({ kind: 'all' }, { kind: 'majority' }),
  fc.record({ kind: fc.constant('count' as const), copies: fc.integer({ min: 0, max: 7 }) }),
  fc.record({
    kind: fc.constant('spread' as const),
    zones: fc.integer({ min: 0, max: 5 }),
    copies: fc.integer({ min: 0, max: 7 }),
  }),
  fc.record({
    kind: fc.constant('any-of' as const),
    quorums: fc.array(fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 4 }), { maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('scopes' as const),
    copies: fc
      .record(
        {
          node: fc.integer({ min: 1, max: 6 }),
          zone: fc.integer({ min: 1, max: 4 }),
          region: fc.integer({ min: 1, max: 3 }),
        },
        { requiredKeys: [] },
      )
      .filter((copies) => Object.keys(copies).length > 0),
  }),
);

/** The definition of each policy, on a set of members. */
function commitsDumb(policy: Durability, nodeset: readonly NodesetMember[], held: readonly NodesetMember[]) {
  switch (policy.kind) {
    case 'all':
      return held.length === nodeset.length;
    case 'majority':
      return held.length > nodeset.length / 2;
    case 'count':
      return held.length >= policy.copies;
    case 'spread':
      return (
        held.length >= policy.copies && new Set(held.map((one) => zoneOf(one.location))).size >= policy.zones
      );
    case 'any-of':
      return policy.quorums.some((quorum) => quorum.every((id) => held.some((one) => one.serverId === id)));
    case 'scopes':
      return namedScopes(policy.copies).every(
        ({ scope, need }) =>
          new Set(held.map((one) => domainOf(scope, one)).filter((domain) => domain !== undefined)).size >=
          need,
      );
  }
}

const idsOf = (members: readonly NodesetMember[]) => new Set(members.map((one) => one.serverId));
const without = (all: readonly NodesetMember[], some: readonly NodesetMember[]) =>
  all.filter((one) => !some.includes(one));

/** A seal quorum meets every commit quorum. */
function sealsDumb(policy: Durability, nodeset: readonly NodesetMember[], set: readonly NodesetMember[]) {
  return subsetsOf(nodeset)
    .filter((quorum) => commitsDumb(policy, nodeset, quorum))
    .every((quorum) => quorum.some((one) => set.includes(one)));
}

/** Policies that make sense on their nodeset, and a subset that answers. */
const systems = fc
  .tuple(nodesets, policies, fc.integer({ min: 0, max: 63 }))
  .filter(([nodeset, policy]) => durabilityProblems(policy, nodeset).length === 0)
  .map(([nodeset, policy, bits]) => ({
    nodeset,
    policy,
    system: quorumSystem(policy, nodeset),
    answering: nodeset.filter((_, bit) => (bits >> bit) & 1),
  }));

describe('a quorum system agrees with the definition', () => {
  test('on what commits', () => {
    fc.assert(
      fc.property(systems, ({ nodeset, policy, system, answering }) => {
        expect(containsCommitQuorum(system, idsOf(answering))).toBe(commitsDumb(policy, nodeset, answering));
      }),
      RUNS,
    );
  });

  test('on what seals: exactly the sets that meet every commit quorum', () => {
    fc.assert(
      fc.property(systems, ({ nodeset, policy, system, answering }) => {
        expect(isSealQuorum(system, idsOf(answering))).toBe(sealsDumb(policy, nodeset, answering));
      }),
      RUNS,
    );
  });

  test('on how many more losses it bears', () => {
    fc.assert(
      fc.property(systems, ({ nodeset, policy, system, answering }) => {
        const fatal = subsetsOf(answering)
          .filter((lost) => !sealsDumb(policy, nodeset, without(answering, lost)))
          .map((lost) => lost.length);
        const least = fatal.length === 0 ? undefined : Math.min(...fatal);
        expect(lossesUntilUnsealable(system, idsOf(answering))).toBe(least);
      }),
      RUNS,
    );
  });

  test('on the minimal sets whose answer would seal, no more and no less', () => {
    fc.assert(
      fc.property(systems, ({ nodeset, policy, system, answering }) => {
        const silent = without(nodeset, answering);
        const enough = subsetsOf(silent).filter((set) => sealsDumb(policy, nodeset, [...answering, ...set]));
        const minimal = enough.filter(
          (set) =>
            !enough.some(
              (smaller) => smaller.length < set.length && smaller.every((one) => set.includes(one)),
            ),
        );
        const text = (sets: readonly (readonly ServerId[])[]) =>
          sets.map((set) => [...set].sort().join('+')).sort();
        expect(text(setsThatWouldSeal(system, idsOf(answering)))).toEqual(
          text(minimal.map((set) => set.map((one) => one.serverId))),
        );
      }),
      RUNS,
    );
  });

  test('servers outside the nodeset count for nothing', () => {
    fc.assert(
      fc.property(systems, ({ system, answering }) => {
        const more = new Set([...idsOf(answering), serverId('stranger')]);
        expect(containsCommitQuorum(system, more)).toBe(containsCommitQuorum(system, idsOf(answering)));
        expect(isSealQuorum(system, more)).toBe(isSealQuorum(system, idsOf(answering)));
      }),
      RUNS,
    );
  });
});

/** Never satisfiable, satisfied by nobody, asking for the impossible, or naming strangers. */
function isNonsense(policy: Durability, nodeset: readonly NodesetMember[]): boolean {
  const sets = subsetsOf(nodeset);
  if (!sets.some((set) => commitsDumb(policy, nodeset, set))) return true;
  if (commitsDumb(policy, nodeset, [])) return true;
  if (policy.kind === 'spread') return policy.zones < 1 || policy.zones > policy.copies || policy.copies < 1;
  if (policy.kind !== 'any-of') return false;
  return policy.quorums.flat().some((id) => !nodeset.some((one) => one.serverId === id));
}

function canMakeSense(policy: Durability): boolean {
  if (policy.kind === 'count') return policy.copies > 0;
  if (policy.kind === 'spread') return policy.zones > 0 && policy.copies >= policy.zones;
  return (
    policy.kind !== 'any-of' || (policy.quorums.length > 0 && policy.quorums.every((one) => one.length > 0))
  );
}

describe('policies', () => {
  test('exactly nonsense is rejected', () => {
    fc.assert(
      fc.property(nodesets, policies, (nodeset, policy) => {
        expect(durabilityProblems(policy, nodeset).length > 0).toBe(isNonsense(policy, nodeset));
      }),
      { numRuns: 2000 },
    );
  });

  test('a nodeset without servers, or with one server twice, is rejected', () => {
    const twice = [
      member(serverId('a'), 'eu/z1'),
      { ...member(serverId('a'), 'eu/z2'), storeId: storeId('other') },
    ];
    expect(durabilityProblems({ kind: 'all' }, [])).toHaveLength(1);
    expect(durabilityProblems({ kind: 'all' }, twice)).toHaveLength(1);
  });

  test('the written form of a policy reads back as that policy', () => {
    fc.assert(
      fc.property(systems, ({ policy }) => {
        expect(parseDurability(describeDurability(policy))).toEqual(policy);
      }),
      RUNS,
    );
  });

  test('servers can host a successor iff some subset of them is an admissible nodeset that makes sense', () => {
    const rules = fc.array(
      fc.record({
        durability: policies,
        minNodesetSize: fc.integer({ min: 0, max: 6 }),
        minZones: fc.integer({ min: 0, max: 4 }),
      }),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(nodesets, rules, (servers, allowed) => {
        const some = subsetsOf(servers).some((nodeset) =>
          allowed.some(
            ({ durability }) =>
              durabilityProblems(durability, nodeset).length === 0 &&
              isAdmissible(allowed, { durability, nodeset }),
          ),
        );
        // Under a rule that no nodeset at all could satisfy it may err, towards caution only.
        if (some || allowed.every(({ durability }) => canMakeSense(durability)))
          expect(canHostSuccessor(allowed, servers)).toBe(some);
      }),
      { numRuns: 2000 },
    );
  });
});
