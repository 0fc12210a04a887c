import { assertNever } from './assertNever.ts';
import { type ServerId, type StoreId, serverId } from './ids.ts';
import { LIMITS } from './limits.ts';

/** Where a server stands, `region/zone/rack`. Two zones of one name in two regions are two zones. */
export type Location = string;

/** One store of a loglet. The store counts, not the server: a replaced disk is not a member. */
export interface NodesetMember {
  readonly serverId: ServerId;
  readonly storeId: StoreId;
  readonly location: Location;
}

/**
 * Which sets of stores make an entry durable: an upward-closed family of commit quorums over a nodeset.
 * What the family is, is decided in `quorum.ts`; everything else (seal quorums, margins, tails) derives from it.
 */
export type Durability =
  | { readonly kind: 'all' }
  | { readonly kind: 'majority' }
  | { readonly kind: 'count'; readonly copies: number }
  | { readonly kind: 'spread'; readonly zones: number; readonly copies: number }
  | { readonly kind: 'any-of'; readonly quorums: readonly (readonly ServerId[])[] }
  | { readonly kind: 'scopes'; readonly copies: ScopedCopies };

/** How far one loss reaches: a node, a zone with all its nodes, a region with all its zones. */
export const SCOPES = ['node', 'zone', 'region'] as const;
export type Scope = (typeof SCOPES)[number];

/** For each named scope, in how many of its domains an entry must have a copy (Bifrost's replication property). */
export type ScopedCopies = { readonly [S in Scope]?: number };

/** What a loglet allows its successor to be. No reconfigurer provisions outside it. */
export interface SuccessorRule {
  readonly durability: Durability;
  readonly minNodesetSize: number;
  readonly minZones: number;
}

export function zoneOf(location: Location): string {
  const [region = '', zone = ''] = location.split('/');
  return `${region}/${zone}`;
}

/** The domain of a scope in which a member stands; `undefined` when its location does not say. */
export function domainOf(
  scope: Scope,
  { serverId: id, location }: { readonly serverId: ServerId; readonly location: Location },
): string | undefined {
  const [region = '', zone = ''] = location.split('/');
  switch (scope) {
    case 'node':
      return id;
    case 'zone':
      return region === '' || zone === '' ? undefined : `${region}/${zone}`;
    case 'region':
      return region === '' ? undefined : region;
    default:
      return assertNever(scope);
  }
}

/** The scopes that a replication names, the widest last. */
export function namedScopes(copies: ScopedCopies): { readonly scope: Scope; readonly need: number }[] {
  return SCOPES.flatMap((scope) => {
    const need = copies[scope];
    return need === undefined ? [] : [{ scope, need }];
  });
}

/** The members by the domain of a scope that they stand in; who has no location for it is in none. */
export function domainsOf<M extends { readonly serverId: ServerId; readonly location: Location }>(
  scope: Scope,
  members: readonly M[],
): Map<string, M[]> {
  const domains = new Map<string, M[]>();
  for (const member of members) {
    const name = domainOf(scope, member);
    if (name !== undefined) domains.set(name, [...(domains.get(name) ?? []), member]);
  }
  return domains;
}

export function countZones(members: Iterable<{ readonly location: Location }>): number {
  return new Set([...members].map((member) => zoneOf(member.location))).size;
}

/** `all`, `majority`, `count:2`, `spread:zone=2,copies=3`, `any-of:a+b,a+c`, `{zone: 2, node: 3}`: the form people write. */
export function describeDurability(policy: Durability): string {
  switch (policy.kind) {
    case 'all':
    case 'majority':
      return policy.kind;
    case 'count':
      return `count:${policy.copies}`;
    case 'spread':
      return `spread:zone=${policy.zones},copies=${policy.copies}`;
    case 'any-of':
      return `any-of:${policy.quorums.map((quorum) => quorum.join('+')).join(',')}`;
    case 'scopes':
      return `{${namedScopes(policy.copies)
        .reverse()
        .map(({ scope, need }) => `${scope}: ${need}`)
        .join(', ')}}`;
    default:
      return assertNever(policy);
  }
}

/** The reverse of `describeDurability`; `undefined` for text that is no policy. */
export function parseDurability(text: string): Durability | undefined {
  if (text === 'all' || text === 'majority') return { kind: text };
  const count = /^count:(\d{1,2})$/.exec(text);
  if (count) return { kind: 'count', copies: Number(count[1]) };
  const spread = /^spread:zone=(\d{1,2}),copies=(\d{1,2})$/.exec(text);
  if (spread) return { kind: 'spread', zones: Number(spread[1]), copies: Number(spread[2]) };
  if (text.startsWith('{')) return parseScopes(text);
  if (!text.startsWith('any-of:')) return undefined;
  const quorums = text
    .slice('any-of:'.length)
    .split(',')
    .map((quorum) => quorum.split('+').map(serverId));
  return quorums.flat().some((id) => id === '') ? undefined : { kind: 'any-of', quorums };
}

function parseScopes(text: string): Durability | undefined {
  const inner = /^\{([^{}]+)\}$/.exec(text)?.[1];
  const parts =
    inner?.split(',').map((part) => /^\s*(node|zone|region)\s*:\s*(\d{1,3})\s*$/.exec(part)) ?? [];
  const pairs = parts.flatMap((part) => (part === null ? [] : [[part[1], Number(part[2])] as const]));
  const isWhole = parts.length > 0 && pairs.length === parts.length;
  if (!isWhole || new Set(pairs.map(([scope]) => scope)).size !== pairs.length) return undefined;
  return { kind: 'scopes', copies: Object.fromEntries(pairs) };
}

/** Why a policy makes no sense on a nodeset; empty when it does. Whole sentences, for the operator. */
export function durabilityProblems(policy: Durability, nodeset: readonly NodesetMember[]): string[] {
  const size = nodeset.length;
  if (size === 0) return ['A nodeset needs at least one server.'];
  if (size > LIMITS.nodesetSize)
    return [`A nodeset holds at most ${LIMITS.nodesetSize} servers, not ${size}.`];
  if (new Set(nodeset.map((member) => member.serverId)).size !== size)
    return ['A nodeset names a server twice.'];
  switch (policy.kind) {
    case 'all':
    case 'majority':
      return [];
    case 'count':
      return copiesProblems(policy.copies, size);
    case 'spread':
      return [...copiesProblems(policy.copies, size), ...zonesProblems(policy, countZones(nodeset))];
    case 'any-of':
      return anyOfProblems(policy.quorums, new Set(nodeset.map((member) => member.serverId)));
    case 'scopes':
      return scopesProblems(policy.copies, nodeset);
    default:
      return assertNever(policy);
  }
}

function copiesProblems(copies: number, size: number): string[] {
  if (copies < 1) return ['A commit quorum needs at least one copy.'];
  return copies > size ? [`${copies} copies do not fit on ${size} servers.`] : [];
}

function zonesProblems(policy: { zones: number; copies: number }, zones: number): string[] {
  if (policy.zones < 1) return ['A spread needs at least one zone.'];
  if (policy.zones > policy.copies) return [`${policy.copies} copies cannot lie in ${policy.zones} zones.`];
  return policy.zones > zones
    ? [`The nodeset spans ${zones} zones, the policy asks for ${policy.zones}.`]
    : [];
}

function scopesProblems(copies: ScopedCopies, nodeset: readonly NodesetMember[]): string[] {
  const scopes = namedScopes(copies);
  if (scopes.length === 0) return ['A replication names at least one scope.'];
  return scopes.flatMap(({ scope, need }) => {
    if (need < 1) return [`A replication asks for at least one ${scope}.`];
    const domains = domainsOf(scope, nodeset).size;
    return need > domains
      ? [`The nodeset spans ${domains} of the scope ${scope}, the replication asks for ${need}.`]
      : [];
  });
}

function anyOfProblems(quorums: readonly (readonly ServerId[])[], members: ReadonlySet<ServerId>): string[] {
  if (quorums.length === 0) return ['An any-of policy without a quorum can never commit.'];
  if (quorums.length > LIMITS.quorumsPerPolicy)
    return [`At most ${LIMITS.quorumsPerPolicy} quorums, not ${quorums.length}.`];
  const problems: string[] = [];
  for (const quorum of quorums) {
    if (quorum.length === 0) problems.push('An empty quorum would acknowledge entries that nobody stored.');
    const strangers = quorum.filter((id) => !members.has(id));
    if (strangers.length > 0)
      problems.push(`Quorum ${quorum.join('+')} names ${strangers.join(', ')}, not in the nodeset.`);
  }
  return problems;
}

/** Whether some subset of these servers may be the nodeset of a successor under one of the rules. */
export function canHostSuccessor(
  rules: readonly SuccessorRule[],
  servers: readonly { readonly serverId: ServerId; readonly location: Location }[],
): boolean {
  return rules.some((rule) => canHostUnder(rule, servers));
}

/** Every condition is monotone in the set, so the largest subset (all of them) decides. */
function canHostUnder(
  rule: SuccessorRule,
  servers: readonly { readonly serverId: ServerId; readonly location: Location }[],
): boolean {
  if (servers.length < Math.max(1, rule.minNodesetSize)) return false;
  const zones = countZones(servers);
  if (zones < rule.minZones) return false;
  const policy = rule.durability;
  switch (policy.kind) {
    case 'all':
    case 'majority':
      return true;
    case 'count':
      return servers.length >= policy.copies;
    case 'spread':
      return servers.length >= policy.copies && zones >= policy.zones;
    case 'any-of': {
      const ids = new Set(servers.map((server) => server.serverId));
      return policy.quorums.flat().every((id) => ids.has(id));
    }
    case 'scopes':
      return namedScopes(policy.copies).every(({ scope, need }) => domainsOf(scope, servers).size >= need);
    default:
      return assertNever(policy);
  }
}

export function sameDurability(a: Durability, b: Durability): boolean {
  return describeDurability(a) === describeDurability(b);
}

/** Whether a nodeset with this policy may succeed a loglet with these rules. */
export function isAdmissible(
  rules: readonly SuccessorRule[],
  successor: { readonly durability: Durability; readonly nodeset: readonly NodesetMember[] },
): boolean {
  return rules.some(
    (rule) =>
      sameDurability(rule.durability, successor.durability) &&
      successor.nodeset.length >= rule.minNodesetSize &&
      countZones(successor.nodeset) >= rule.minZones,
  );
}
