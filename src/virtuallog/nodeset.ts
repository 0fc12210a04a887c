import {
  type Durability,
  describeDurability,
  durabilityProblems,
  isAdmissible,
  type Location,
  type NodesetMember,
  type SuccessorRule,
  sameDurability,
  zoneOf,
} from '../core/durability.ts';
import type { Incarnation, ServerId, StoreId } from '../core/ids.ts';

/** A server that answered, is admitted, and was not taken out of service. */
export interface Candidate {
  readonly serverId: ServerId;
  readonly storeId: StoreId;
  readonly location: Location;
  readonly incarnation: Incarnation;
}

export interface NodesetWish {
  readonly candidates: readonly Candidate[];
  /** What the predecessor allows. Absent for a log's first loglet. */
  readonly rules?: readonly SuccessorRule[];
  /** Wanted; one that the rules forbid gives way to the first that they allow, unless it is `firm`. */
  readonly durability: Durability;
  readonly firm: boolean;
  readonly size: number;
  /** Exactly these servers. */
  readonly servers?: readonly ServerId[];
  /** Rises with every loglet, so that load moves over the servers. */
  readonly turn: number;
}

export type NodesetChoice =
  | {
      readonly choice: 'nodeset';
      readonly nodeset: readonly NodesetMember[];
      readonly durability: Durability;
      readonly sequencer: { readonly serverId: ServerId; readonly incarnation: Incarnation };
    }
  | { readonly choice: 'none'; readonly problems: readonly string[] };

/** A nodeset of live servers that the predecessor's rules allow, spread over zones. Pure. */
export function chooseNodeset(wish: NodesetWish): NodesetChoice {
  const problems: string[] = [];
  for (const attempt of attemptsOf(wish)) {
    const { durability } = attempt;
    const members = pickMembers(wish, attempt);
    const wrong = problemsOf(wish, attempt, members);
    const sequencer = members[wish.turn % Math.max(1, members.length)];
    if (wrong.length === 0 && sequencer !== undefined) {
      const { serverId, incarnation } = sequencer;
      return {
        choice: 'nodeset',
        nodeset: members.map(memberOf),
        durability,
        sequencer: { serverId, incarnation },
      };
    }
    problems.push(...wrong);
  }
  if (problems.length === 0) problems.push(NOT_ALLOWED);
  return { choice: 'none', problems: [...new Set(problems)] };
}

const NOT_ALLOWED =
  'The last loglet does not allow a successor with that durability: a change of policy takes two reconfigurations.';

/** One policy to try, under the rule that allows it. */
interface Attempt {
  readonly durability: Durability;
  readonly rule?: SuccessorRule;
}

function attemptsOf({ rules, durability, firm }: NodesetWish): Attempt[] {
  if (rules === undefined) return [{ durability }];
  const allowed = rules.map((rule) => ({ durability: rule.durability, rule }));
  const wanted = allowed.filter((one) => sameDurability(one.durability, durability));
  return firm ? wanted : [...wanted, ...allowed.filter((one) => !wanted.includes(one))];
}

function problemsOf(wish: NodesetWish, attempt: Attempt, members: readonly Candidate[]): string[] {
  const missing = (wish.servers ?? []).filter((id) => !members.some((member) => member.serverId === id));
  if (missing.length > 0) return [`${missing.join(', ')} cannot be used: not live, or out of service.`];
  const { durability, rule } = attempt;
  const problems = durabilityProblems(durability, members);
  if (problems.length > 0 || rule === undefined) return problems;
  if (isAdmissible([rule], { durability, nodeset: members.map(memberOf) })) return [];
  return [
    `The last loglet allows ${describeDurability(durability)} on at least ${rule.minNodesetSize} servers in ${rule.minZones} zones, and ${members.length} can be used.`,
  ];
}

function pickMembers(wish: NodesetWish, attempt: Attempt): readonly Candidate[] {
  const { servers, candidates } = wish;
  if (servers !== undefined) return candidates.filter((one) => servers.includes(one.serverId));
  const { durability } = attempt;
  const named = durability.kind === 'any-of' ? new Set(durability.quorums.flat()) : new Set<ServerId>();
  const first = candidates.filter((one) => named.has(one.serverId));
  const rest = overZones(
    candidates.filter((one) => !named.has(one.serverId)),
    wish.turn,
  );
  return [...first, ...rest].slice(0, Math.max(first.length, sizeFor(wish, attempt)));
}

/** The size asked for, but never less than the policy and its rule need. */
function sizeFor({ size }: NodesetWish, { durability, rule }: Attempt): number {
  const copies = durability.kind === 'count' || durability.kind === 'spread' ? durability.copies : 1;
  return Math.max(1, size, copies, rule?.minNodesetSize ?? 1, rule?.minZones ?? 1);
}

/** One from each zone in turn, both zones and servers rotated. */
function overZones(candidates: readonly Candidate[], turn: number): Candidate[] {
  const zones = new Map<string, Candidate[]>();
  for (const one of [...candidates].sort((a, b) => (a.serverId < b.serverId ? -1 : 1))) {
    const zone = zoneOf(one.location);
    zones.set(zone, [...(zones.get(zone) ?? []), one]);
  }
  const names = rotated([...zones.keys()].sort(), turn);
  const lanes = names.map((name) => rotated(zones.get(name) ?? [], turn));
  const longest = Math.max(0, ...lanes.map((lane) => lane.length));
  return Array.from({ length: longest }, (_, row) => lanes.flatMap((lane) => lane[row] ?? [])).flat();
}

function rotated<T>(all: readonly T[], turn: number): T[] {
  const shift = all.length === 0 ? 0 : turn % all.length;
  return [...all.slice(shift), ...all.slice(0, shift)];
}

function memberOf({ serverId, storeId, location }: Candidate): NodesetMember {
  return { serverId, storeId, location };
}
