import { assertNever } from './assertNever.ts';
import { type Durability, domainOf, type NodesetMember, namedScopes, zoneOf } from './durability.ts';
import type { ServerId } from './ids.ts';

/**
 * Quorum systems (Flexible Paxos). A commit quorum meets *every requirement of some alternative*; a requirement
 * asks that at least `need` of its groups have a member in the set. That one form holds all policies:
 *
 *   all            [[n of singles]]              count:k  [[k of singles]]
 *   spread z,k     [[k of singles, z of zones]]  any-of   one alternative for each listed quorum
 *   scopes         [[r of domains, for each named scope]]; who has no location for a scope is in none of its domains
 *
 * Everything else derives. S is a *seal quorum* iff it meets every commit quorum, iff N∖S contains none, iff for
 * every alternative some requirement has more than (groups − need) groups whole inside S.
 */
export interface QuorumSystem {
  readonly members: readonly ServerId[];
  readonly alternatives: readonly (readonly Requirement[])[];
}

interface Requirement {
  readonly need: number;
  readonly groups: readonly Mask[];
}

/** A set of members, one bit for each, in the order of `members`. */
type Mask = bigint;

/** How many minimal sets are listed at most: more would not help a person choose. */
const LISTED_SETS = 64;

/** What of a member matters here. */
export type Voter = Pick<NodesetMember, 'serverId' | 'location'>;

export function quorumSystem(policy: Durability, nodeset: readonly Voter[]): QuorumSystem {
  const members = nodeset.map((member) => member.serverId);
  const singles = members.map((_, bit) => 1n << BigInt(bit));
  return { members, alternatives: alternativesOf(policy, nodeset, singles) };
}

function alternativesOf(
  policy: Durability,
  nodeset: readonly Voter[],
  singles: readonly Mask[],
): Requirement[][] {
  switch (policy.kind) {
    case 'all':
      return [[{ need: singles.length, groups: singles }]];
    case 'majority':
      return [[{ need: Math.floor(singles.length / 2) + 1, groups: singles }]];
    case 'count':
      return [[{ need: policy.copies, groups: singles }]];
    case 'spread':
      return [
        [
          { need: policy.copies, groups: singles },
          {
            need: policy.zones,
            groups: groupsBy(nodeset, singles, (member) => zoneOf(member.location)),
          },
        ],
      ];
    case 'any-of':
      return policy.quorums.map((quorum) => {
        const wanted = new Set(quorum);
        const groups = singles.filter((_, bit) => wanted.has(nodeset[bit]?.serverId as ServerId));
        // A quorum that names a stranger can never be met; `durabilityProblems` refuses such a policy earlier.
        return [{ need: wanted.size, groups }];
      });
    case 'scopes':
      return [
        namedScopes(policy.copies).map(({ scope, need }) => ({
          need,
          groups: groupsBy(nodeset, singles, (member) => domainOf(scope, member)),
        })),
      ];
    default:
      return assertNever(policy);
  }
}

function groupsBy(
  nodeset: readonly Voter[],
  singles: readonly Mask[],
  domain: (member: Voter) => string | undefined,
): Mask[] {
  const groups = new Map<string, Mask>();
  nodeset.forEach((member, bit) => {
    const name = domain(member);
    if (name !== undefined) groups.set(name, (groups.get(name) ?? 0n) | (singles[bit] ?? 0n));
  });
  return [...groups.values()];
}

function maskOf(system: QuorumSystem, servers: ReadonlySet<ServerId>): Mask {
  let mask = 0n;
  system.members.forEach((id, bit) => {
    if (servers.has(id)) mask |= 1n << BigInt(bit);
  });
  return mask;
}

function serversOf(system: QuorumSystem, mask: Mask): ServerId[] {
  return system.members.filter((_, bit) => (mask >> BigInt(bit)) & 1n);
}

function wholeMask(system: QuorumSystem): Mask {
  return (1n << BigInt(system.members.length)) - 1n;
}

function commits(system: QuorumSystem, mask: Mask): boolean {
  return system.alternatives.some((requirements) =>
    requirements.every(({ need, groups }) => touched(groups, mask) >= need),
  );
}

/** Whether an entry held by these servers is durable. Servers outside the nodeset do not count. */
export function containsCommitQuorum(system: QuorumSystem, servers: ReadonlySet<ServerId>): boolean {
  return commits(system, maskOf(system, servers));
}

/** Whether these servers meet every commit quorum: sealed on them, no append can be acknowledged any more. */
export function isSealQuorum(system: QuorumSystem, servers: ReadonlySet<ServerId>): boolean {
  return !commits(system, wholeMask(system) & ~maskOf(system, servers));
}

/**
 * The smallest number of `from` whose loss, on top of those already missing, leaves the rest without a seal quorum:
 * 0 when it is already so, `undefined` when no loss can do it.
 */
export function lossesUntilUnsealable(
  system: QuorumSystem,
  responders: ReadonlySet<ServerId>,
): number | undefined {
  const alive = maskOf(system, responders);
  const missing = wholeMask(system) & ~alive;
  const losses = system.alternatives.map((requirements) => additionsToMeet(requirements, missing, alive));
  const possible = losses.filter((loss) => loss !== undefined);
  return possible.length === 0 ? undefined : Math.min(...possible);
}

/**
 * The fewest candidates that, added to `have`, meet every requirement. Requirements are nested partitions (servers
 * inside zones inside regions), so taking whoever serves most of the unmet ones at once is never a mistake.
 */
function additionsToMeet(
  requirements: readonly Requirement[],
  have: Mask,
  candidates: Mask,
): number | undefined {
  let held = have;
  let left = candidates;
  for (let additions = 0; ; additions += 1) {
    const unmet = requirements.filter(({ need, groups }) => touched(groups, held) < need);
    if (unmet.length === 0) return additions;
    const best = mostServing(unmet, held, left);
    if (best === undefined) return undefined;
    held |= best;
    left &= ~best;
  }
}

function touched(groups: readonly Mask[], set: Mask): number {
  return groups.filter((group) => (group & set) !== 0n).length;
}

function mostServing(unmet: readonly Requirement[], held: Mask, candidates: Mask): Mask | undefined {
  let best: Mask | undefined;
  let most = 0;
  for (let one = 1n; one <= candidates; one <<= 1n) {
    if ((candidates & one) === 0n) continue;
    const serves = unmet.filter(({ groups }) => touched(groups, held | one) > touched(groups, held)).length;
    if (serves <= most) continue;
    most = serves;
    best = one;
  }
  return best;
}

/**
 * The minimal sets of silent servers any one of which, answering, would make the responders a seal quorum.
 * Smallest first, at most 64; `[[]]` when the responders are one already.
 */
export function setsThatWouldSeal(system: QuorumSystem, responders: ReadonlySet<ServerId>): ServerId[][] {
  const alive = maskOf(system, responders);
  let sets: Mask[] = [0n];
  // Berge's multiplication: the minimal sets that break every alternative, one alternative at a time.
  for (const requirements of system.alternatives) {
    const breaking = minimalOnly(requirements.flatMap((requirement) => waysToBreak(requirement, alive)));
    sets = minimalOnly(sets.flatMap((set) => breaking.map((way) => set | way))).slice(0, LISTED_SETS * 4);
  }
  return sets.slice(0, LISTED_SETS).map((set) => serversOf(system, set));
}

/** Sets of servers that, added to `alive`, hold enough whole groups that `need` others cannot be found outside. */
function waysToBreak({ need, groups }: Requirement, alive: Mask): Mask[] {
  const missing = groups.map((group) => group & ~alive).filter((rest) => rest !== 0n);
  const wholeNeeded = groups.length - need + 1;
  const wholeMore = wholeNeeded - (groups.length - missing.length);
  if (wholeMore <= 0) return [0n];
  return choose(missing.sort(bySize), wholeMore);
}

/** Unions of every choice of `count` masks, in order, bounded. */
function choose(masks: readonly Mask[], count: number): Mask[] {
  const unions: Mask[] = [];
  const pick = (from: number, left: number, union: Mask): void => {
    if (unions.length >= LISTED_SETS * 4) return;
    if (left === 0) {
      unions.push(union);
      return;
    }
    for (let next = from; next <= masks.length - left; next += 1) {
      pick(next + 1, left - 1, union | (masks[next] ?? 0n));
    }
  };
  pick(0, count, 0n);
  return unions;
}

function minimalOnly(masks: readonly Mask[]): Mask[] {
  const kept: Mask[] = [];
  for (const mask of [...masks].sort(bySize)) {
    if (!kept.some((smaller) => (smaller & mask) === smaller)) kept.push(mask);
  }
  return kept;
}

function bySize(a: Mask, b: Mask): number {
  return sizeOf(a) - sizeOf(b) || (a < b ? -1 : a > b ? 1 : 0);
}

function sizeOf(mask: Mask): number {
  let size = 0;
  for (let rest = mask; rest > 0n; rest &= rest - 1n) size += 1;
  return size;
}
