import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canHostSuccessor,
  countZones,
  type Durability,
  durabilityProblems,
  type NodesetMember,
} from '../../src/core/durability.ts';
import { type ServerId, serverId, storeId } from '../../src/core/ids.ts';
import { minimalFatalLosses } from '../../src/core/placement/fatal.ts';
import { outcomeOf } from '../../src/core/placement/loglet.ts';
import { domainOf, isLost, type Level, type Loss, type Placed } from '../../src/core/placement/losses.ts';
import { chooseMembers, quorumAfter } from '../../src/core/placement/members.ts';
import { intolerableNodeset } from '../../src/core/placement/policy.ts';
import {
  type Tolerance,
  toleratedDataLoss,
  toleratedHostLoss,
  toleratedQuorumLoss,
} from '../../src/core/placement/tolerance.ts';
import { containsCommitQuorum, quorumSystem } from '../../src/core/quorum.ts';
import { subsetsOf } from '../support/subsets.ts';

const RUNS = { numRuns: 400 };
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'].map(serverId);
const LOCATIONS = ['eu/z1', 'eu/z2', 'eu/z3', 'us/z1'] as const;

interface Server {
  readonly id: ServerId;
  readonly location: string;
}

const universes: fc.Arbitrary<Server[]> = fc
  .array(fc.constantFrom(...LOCATIONS), { minLength: 1, maxLength: 6 })
  .map((zones) => zones.map((location, place) => ({ id: NAMES[place] ?? serverId('x'), location })));

const policies: fc.Arbitrary<Durability> = fc.oneof(
  fc.constantFrom<Durability>({ kind: 'all' }, { kind: 'majority' }),
  fc.record({ kind: fc.constant('count' as const), copies: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    kind: fc.constant('spread' as const),
    zones: fc.integer({ min: 1, max: 3 }),
    copies: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({
    kind: fc.constant('any-of' as const),
    quorums: fc.array(fc.uniqueArray(fc.constantFrom(...NAMES.slice(0, 3)), { minLength: 1 }), {
      minLength: 1,
      maxLength: 3,
    }),
  }),
);

const tolerances: fc.Arbitrary<Tolerance> = fc.record({
  region: fc.integer({ min: 0, max: 1 }),
  zone: fc.integer({ min: 0, max: 2 }),
  server: fc.integer({ min: 0, max: 3 }),
});

/** Every set of servers that a tolerated loss can take, by trying all sets of domains. */
function toleratedSets<T extends Placed>(all: readonly T[], tolerance: Tolerance): (readonly T[])[] {
  const some = (level: Level, most: number) => {
    const names = [...new Set(all.flatMap((one) => domainOf(level, one) ?? []))];
    return subsetsOf(names).filter((set) => set.length <= most);
  };
  return some('region', tolerance.region).flatMap((regions) =>
    some('zone', tolerance.zone).flatMap((zones) =>
      some('server', tolerance.server).map((servers) =>
        all.filter(
          (one) =>
            regions.includes(domainOf('region', one) ?? '') ||
            zones.includes(domainOf('zone', one) ?? '') ||
            servers.includes(one.id),
        ),
      ),
    ),
  );
}

function nodesetOf(servers: readonly Server[]): NodesetMember[] {
  return servers.map(({ id, location }) => ({ serverId: id, storeId: storeId(id), location }));
}

const idsOf = (servers: readonly Placed[]) => new Set(servers.map(({ id }) => id as ServerId));
const lossOf = (losses: readonly Loss[], all: readonly Server[]) =>
  all.filter((one) => isLost(one, losses) === true);

/** Some acknowledged entry may be on lost servers alone: the definition, without seal quorums. */
function losesData(policy: Durability, nodeset: readonly Server[], lost: readonly Server[]): boolean {
  return containsCommitQuorum(quorumSystem(policy, nodesetOf(nodeset)), idsOf(lost));
}

const sensible = fc
  .tuple(universes, policies)
  .filter(([servers, policy]) => durabilityProblems(policy, nodesetOf(servers)).length === 0);

describe('what a loglet survives', () => {
  test('outcomes are the definitions: every set of lost servers', () => {
    fc.assert(
      fc.property(sensible, fc.integer({ min: 1, max: 4 }), ([servers, durability], minNodesetSize) => {
        const nodeset = nodesetOf(servers);
        const nextRules = [{ durability, minNodesetSize, minZones: 1 }];
        const [sequencer] = servers;
        const loglet = {
          nodeset,
          durability,
          nextRules,
          universe: servers,
          sequencer: sequencer?.id ?? NAMES[0],
        };
        for (const lost of subsetsOf(servers)) {
          const left = servers.filter((one) => !lost.includes(one));
          const outcome = outcomeOf(loglet as Parameters<typeof outcomeOf>[0], idsOf(lost));
          expect(outcome.sealable).toBe(!losesData(durability, servers, lost));
          expect(outcome.canHost).toBe(canHostSuccessor(nextRules, nodesetOf(left)));
          const untouched =
            containsCommitQuorum(quorumSystem(durability, nodeset), idsOf(left)) &&
            left.includes(servers[0] as Server);
          if (untouched) expect(outcome.appends).toBe('go on');
          else
            expect(outcome.appends).toBe(
              outcome.sealable && outcome.canHost ? 'go on after a reconfiguration' : 'stop',
            );
        }
      }),
      { numRuns: 100 },
    );
  });

  test('the minimal fatal losses are all that there are, of each level', () => {
    fc.assert(
      fc.property(
        sensible,
        fc.constantFrom<Level>('region', 'zone', 'server'),
        ([servers, policy], level) => {
          const isFatal = (lost: readonly Server[]) => losesData(policy, servers, lost);
          const names = [...new Set(servers.flatMap((one) => domainOf(level, one) ?? []))];
          const fatal = subsetsOf(names).filter((set) =>
            isFatal(servers.filter((one) => set.includes(domainOf(level, one) ?? ''))),
          );
          const minimal = fatal.filter(
            (set) =>
              !fatal.some((other) => other.length < set.length && other.every((one) => set.includes(one))),
          );
          const { losses, complete } = minimalFatalLosses(level, servers, isFatal);
          const text = (sets: readonly (readonly string[])[]) =>
            sets.map((set) => [...set].sort().join()).sort();
          expect(complete).toBe(true);
          expect(text(losses.map((loss) => loss.names))).toEqual(text(minimal));
        },
      ),
      RUNS,
    );
  });

  test('a search that is too long says that it did not see all', () => {
    const servers = Array.from({ length: 40 }, (_, place) => ({ id: `s${place}`, location: 'eu/z1' }));
    const { losses, complete } = minimalFatalLosses('server', servers, (lost) => lost.length > 20);
    expect(complete).toBe(false);
    expect(losses.every(({ names }) => names.length === 21)).toBe(true);
  });
});

describe('a tolerated loss is found exactly when there is one', () => {
  test('that makes a nodeset unsealable', () => {
    fc.assert(
      fc.property(sensible, tolerances, ([servers, durability], tolerance) => {
        const exists = toleratedSets(servers, tolerance).some((lost) => losesData(durability, servers, lost));
        const found = toleratedDataLoss({ nodeset: nodesetOf(servers), durability }, tolerance);
        expect(found !== undefined).toBe(exists);
        if (found !== undefined) expect(losesData(durability, servers, lossOf(found, servers))).toBe(true);
      }),
      RUNS,
    );
  });

  test('that leaves no room for a successor', () => {
    fc.assert(
      fc.property(
        universes,
        policies,
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 0, max: 3 }),
        tolerances,
        (universe, durability, minNodesetSize, minZones, tolerance) => {
          const nextRules = [{ durability, minNodesetSize, minZones }];
          const hosts = (lost: readonly Server[]) =>
            canHostSuccessor(nextRules, nodesetOf(universe.filter((one) => !lost.includes(one))));
          const exists = toleratedSets(universe, tolerance).some((lost) => !hosts(lost));
          const found = toleratedHostLoss({ nextRules, universe }, tolerance);
          expect(found !== undefined).toBe(exists);
          if (found !== undefined) expect(hosts(lossOf(found, universe))).toBe(false);
        },
      ),
      RUNS,
    );
  });

  test('that takes the majority of the members', () => {
    fc.assert(
      fc.property(universes, tolerances, (members, tolerance) => {
        const exists = toleratedSets(members, tolerance).some((lost) => lost.length * 2 >= members.length);
        const found = toleratedQuorumLoss(members, tolerance);
        expect(found !== undefined).toBe(exists);
        if (found !== undefined) expect(quorumAfter(members, found)).toBe('lost');
      }),
      RUNS,
    );
  });

  test('for some nodeset that the policy admits, of all that it admits', () => {
    fc.assert(
      fc.property(
        universes,
        policies,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 3 }),
        tolerances,
        (servers, durability, nodesetSize, least, minZones, tolerance) => {
          const policy = { durability, nodesetSize, minNodesetSize: Math.min(least, nodesetSize), minZones };
          const copies = durability.kind === 'count' || durability.kind === 'spread' ? durability.copies : 1;
          const room = durability.kind === 'any-of' ? 6 : Math.max(nodesetSize, copies, minZones);
          const admitted = subsetsOf(servers).filter(
            (nodeset) =>
              nodeset.length <= room &&
              nodeset.length >= policy.minNodesetSize &&
              countZones(nodeset) >= minZones &&
              durabilityProblems(durability, nodesetOf(nodeset)).length === 0,
          );
          // A policy that nothing fits is nonsense, and refused as that.
          fc.pre(admitted.length > 0);
          const lost = toleratedSets(servers, tolerance);
          const exists = admitted.some((nodeset) =>
            lost.some((one) =>
              losesData(
                durability,
                nodeset,
                nodeset.filter((server) => one.includes(server)),
              ),
            ),
          );
          const found = intolerableNodeset(policy, servers, tolerance);
          expect(found !== undefined).toBe(exists);
          if (found === undefined || durability.kind === 'any-of') return;
          const nodeset = servers.filter(({ id }) => found.nodeset.includes(id));
          expect(admitted).toContainEqual(nodeset);
          expect(losesData(durability, nodeset, lossOf(found.losses, nodeset))).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('members of the MetaStore', () => {
  const sizes = fc.constantFrom(1, 3, 5, 7);
  const places = fc
    .array(fc.constantFrom(...LOCATIONS, 'us/z2', 'ap/z1'), { minLength: 1, maxLength: 9 })
    .map((zones) => zones.map((location, place) => ({ id: `m${place + 1}`, location })));

  test('are chosen so that no single zone, and no single region, takes the majority, where that can be', () => {
    fc.assert(
      fc.property(places, sizes, (candidates, count) => {
        fc.pre(candidates.length >= count);
        const [first] = candidates;
        const sets = subsetsOf(candidates).filter(
          (set) => set.length === count && set.includes(first as (typeof candidates)[number]),
        );
        const survivesAny = (level: Level, set: readonly Placed[]) =>
          set.every((one) => quorumAfter(set, [{ level, names: [domainOf(level, one) ?? ''] }]) === 'kept');
        const chosen = chooseMembers(candidates, count, candidates.slice(0, 1));
        expect(chosen).toHaveLength(count);
        expect(chosen).toContain(first);
        for (const level of ['zone', 'region'] as const)
          expect(survivesAny(level, chosen)).toBe(sets.some((set) => survivesAny(level, set)));
      }),
      RUNS,
    );
  });

  test('without a location are lost perhaps: not known is not kept', () => {
    const members: Placed[] = [{ id: 'm1', location: 'eu/a' }, { id: 'm2', location: 'eu/b' }, { id: 'm3' }];
    const zone = (...names: string[]): Loss[] => [{ level: 'zone', names }];
    expect(quorumAfter(members, zone('eu/c'))).toBe('kept');
    expect(quorumAfter(members, zone('eu/a'))).toBe('unknown');
    expect(quorumAfter(members, zone('eu/a', 'eu/b'))).toBe('lost');
    expect(quorumAfter(members, [{ level: 'server', names: ['m3'] }])).toBe('kept');
  });

  test('keep the order of the configuration where no place says otherwise', () => {
    const members: Placed[] = ['m1', 'm2', 'm3', 'm4'].map((id) => ({ id }));
    expect(chooseMembers(members, 3, members.slice(2, 3)).map(({ id }) => id)).toEqual(['m3', 'm1', 'm2']);
  });
});
