import type { Durability, NodesetMember, SuccessorRule } from '../../src/core/durability.ts';
import type { ChainEvidence, Observation, ObservedServer } from '../../src/core/evidence.ts';
import type { LogId, LogletId, ServerId, StoreId } from '../../src/core/ids.ts';
import { brokenPromise, type Loglet, mustBeListed, unjudged, visibleLoglets } from './visible.ts';

/** What enumeration says of the evidence for one log. */
export type Possible =
  /** Every world that the evidence allows can be restored with one of these as the last loglet. */
  | { readonly kind: 'one chain'; readonly tips: ReadonlySet<LogletId> }
  /** Two worlds that the evidence allows want different chains, or acknowledged entries may be on silent stores alone. */
  | { readonly kind: 'several'; readonly tips: ReadonlySet<LogletId> }
  /** Outside of what is enumerated. */
  | { readonly kind: 'not judged'; readonly why: string };

/** One way in which it may have been: the register's chain, and where each of its loglets was activated. */
interface PossibleWorld {
  readonly register: readonly Loglet[];
  readonly active: ReadonlyMap<LogletId, ReadonlySet<ServerId>>;
}

/**
 * The deliberately dumb decision: every history of one control plane that is consistent with what was observed is made,
 * from the rules of protocol §1 to §3 alone: (a) an installed loglet was provisioned on every store of its nodeset, by
 * somebody who had read a register that ended with its predecessor and had sealed that on a seal quorum, within its
 * rules; (b) only installed loglets are activated, and take entries; (c) a close record follows the activation of its
 * successor on a commit quorum; (d) under `required` snapshots nothing unlisted is activated, or ended. Then each world is asked
 * with which last loglet it could be restored: nothing beyond may be, or still become, active on a commit quorum. It
 * shares no code with `core/reconstruct`.
 */
export function possibleChains(observation: Observation, logId: LogId): Possible {
  const why = unjudged(observation, logId);
  if (why !== undefined) return { kind: 'not judged', why };
  const loglets = visibleLoglets(observation, logId);
  if (brokenPromise(loglets)) return { kind: 'not judged', why: 'a repository that broke its promise' };
  const view: View = {
    observation,
    loglets,
    chains: observation.chains.filter((one) => one.chain.logId === logId),
  };
  let tips: Set<LogletId> | undefined;
  let left = MOST_WORLDS;
  for (const world of worlds(view)) {
    left -= 1;
    if (left < 0) return { kind: 'not judged', why: 'too many worlds' };
    const ends = acceptableEnds(view, world);
    tips = new Set(tips === undefined ? ends : [...tips].filter((id) => ends.has(id)));
  }
  if (tips === undefined) return { kind: 'not judged', why: 'no world fits the evidence' };
  const settled = [...tips].some((id) => tailIsKnown(view, loglets.get(id)));
  return { kind: settled ? 'one chain' : 'several', tips };
}

/** Long chains without a close record, seen by few: their worlds grow with the power of what is unseen. */
const MOST_WORLDS = 20_000;

interface View {
  readonly observation: Observation;
  readonly loglets: ReadonlyMap<LogletId, Loglet>;
  readonly chains: readonly ChainEvidence[];
}

function* worlds(view: View): Iterable<PossibleWorld> {
  const forced = [...view.loglets.values()].filter((one) => one.installed);
  // Whoever was to create the log may have died before the register took it.
  if (forced.length === 0) yield { register: [], active: new Map() };
  for (const last of view.loglets.values()) {
    const register = pathTo(view, last);
    if (!forced.every((one) => register.includes(one)) || !register.every((one) => mayBeInstalled(view, one)))
      continue;
    if (register.slice(0, -1).some((one) => !mayBeSealed(one) || mustBeListed(one))) continue;
    yield* activations(view, register);
    if (!mayBeSealed(last) || mustBeListed(last)) continue;
    for (const hidden of hiddenSuccessors(view, register)) yield* activations(view, [...register, hidden]);
  }
}

/** Back to the first; empty when a predecessor is not known (the evidence is then not judged). */
function pathTo({ loglets }: View, last: Loglet): Loglet[] {
  const path = [last];
  for (let one = last; one.predecessor !== undefined; ) {
    const before = loglets.get(one.predecessor);
    if (before === undefined) return [];
    path.unshift(before);
    one = before;
  }
  return path;
}

/** A member that has its disk still and does not hold it was never given it; a later version without it settles it too. */
function mayBeInstalled({ observation, chains }: View, loglet: Loglet): boolean {
  if (loglet.installed) return true;
  const lacks = loglet.nodeset.some((member) => {
    const answer = answerOf(observation, member.serverId);
    return (
      answer.kind === 'answered' &&
      answer.status.storeId === member.storeId &&
      !loglet.copies.some((copy) => copy.serverId === member.serverId)
    );
  });
  const wasPassed = chains.some(
    ({ chain }) =>
      chain.segments.at(-1)?.logletId === loglet.predecessor && chain.version >= (loglet.chainVersion ?? 0),
  );
  return !lacks && !wasPassed;
}

/** Whoever is not seen to be open may have been sealed. */
function mayBeSealed({ nodeset, durability, copies }: Loglet): boolean {
  const open = copies.filter((copy) => !copy.sealed).map((copy) => copy.serverId);
  return !commits(durability, nodeset, new Set(open));
}

/** Every nodeset on which a successor could lie that nobody who answered would have to show. */
function* hiddenSuccessors(view: View, register: readonly Loglet[]): Iterable<Loglet> {
  const tip = register.at(-1);
  if (tip === undefined) return;
  const stores = new Set(
    register.flatMap((one) => [...one.nodeset.map((member) => member.storeId), ...one.stores]),
  );
  const possible = view.observation.servers.filter((server) => mayHide(server, stores));
  for (const some of subsets(possible)) {
    const nodeset = some.map(
      ({ serverId, location }): NodesetMember => ({ serverId, location, storeId: '' as StoreId }),
    );
    for (const rule of tip.rules ?? [ANYTHING]) {
      if (!isAllowed(rule, nodeset)) continue;
      yield {
        logletId: `hidden on ${nodeset.map((one) => one.serverId).join()}` as LogletId,
        predecessor: tip.logletId,
        nodeset,
        durability: rule.durability,
        rules: undefined,
        stores: [],
        copies: [],
        installed: false,
        listed: false,
        closedInFavour: false,
        bound: tip.bindsNext,
        bindsNext: false,
      };
    }
  }
}

const ANYTHING: SuccessorRule = { durability: { kind: 'count', copies: 1 }, minNodesetSize: 1, minZones: 0 };

/** Silent, or with a disk that nothing shows to be as old as the last loglet. */
function mayHide({ answer }: ObservedServer, oldStores: ReadonlySet<StoreId>): boolean {
  return answer.kind !== 'answered' || !oldStores.has(answer.status.storeId);
}

function isAllowed(
  { durability, minNodesetSize, minZones }: SuccessorRule,
  nodeset: readonly NodesetMember[],
) {
  const everybody = new Set(nodeset.map((member) => member.serverId));
  const namesStrangers =
    durability.kind === 'any-of' && durability.quorums.flat().some((id) => !everybody.has(id));
  return (
    nodeset.length >= Math.max(1, minNodesetSize) &&
    zonesOf(nodeset).size >= minZones &&
    !namesStrangers &&
    commits(durability, nodeset, everybody)
  );
}

/** Every way in which the members that cannot be asked may have been activated. */
function* activations(view: View, register: readonly Loglet[]): Iterable<PossibleWorld> {
  function* from(
    place: number,
    active: ReadonlyMap<LogletId, ReadonlySet<ServerId>>,
  ): Iterable<PossibleWorld> {
    const loglet = register[place];
    if (loglet === undefined) {
      yield { register, active };
      return;
    }
    const marked = loglet.copies.filter((copy) => copy.activated).map((copy) => copy.serverId);
    // Only the last ones can be in doubt: what has a successor on the path of every world stays in it.
    const unknown = loglet.bound && !loglet.listed ? [] : unseenMembers(view, loglet);
    for (const more of subsets(unknown)) {
      const on = new Set([...marked, ...more]);
      if (loglet.closedInFavour && !commits(loglet.durability, loglet.nodeset, on)) continue;
      yield* from(place + 1, new Map([...active, [loglet.logletId, on]]));
    }
  }
  const settled = Math.max(
    0,
    register.findLastIndex((one) => one.installed && one.closedInFavour),
  );
  yield* from(settled, new Map());
}

/** Members whose state nobody was told: silent, or their disk was replaced. */
function unseenMembers({ observation }: View, { nodeset }: Loglet): ServerId[] {
  return nodeset
    .filter(({ serverId, storeId }) => {
      const answer = answerOf(observation, serverId);
      return answer.kind !== 'answered' || answer.status.storeId !== storeId;
    })
    .map((member) => member.serverId);
}

/** Behind the fence only silent members still obey the old control plane; a required snapshot stops them too. */
function acceptableEnds(view: View, { register, active }: PossibleWorld): Set<LogletId> {
  const ends = new Set<LogletId>();
  for (const loglet of [...register].reverse()) {
    ends.add(loglet.logletId);
    const on = new Set(active.get(loglet.logletId));
    if (!loglet.bound || loglet.listed)
      for (const { serverId } of loglet.nodeset)
        if (answerOf(view.observation, serverId).kind === 'silent') on.add(serverId);
    if (commits(loglet.durability, loglet.nodeset, on)) break;
  }
  return ends;
}

/** It takes appends still, or no commit quorum of it is out of sight. */
function tailIsKnown(view: View, loglet: Loglet | undefined): boolean {
  if (loglet === undefined) return false;
  const hidden = new Set(unseenMembers(view, loglet));
  return !mayBeSealed(loglet) || !commits(loglet.durability, loglet.nodeset, hidden);
}

function answerOf({ servers }: Observation, id: ServerId): ObservedServer['answer'] {
  return servers.find((one) => one.serverId === id)?.answer ?? { kind: 'silent', detail: '' };
}

/** Whether a set of servers contains a commit quorum, straight from the table of protocol §2. */
function commits(policy: Durability, nodeset: readonly NodesetMember[], on: ReadonlySet<ServerId>): boolean {
  const members = nodeset.filter((member) => on.has(member.serverId));
  switch (policy.kind) {
    case 'all':
      return members.length === nodeset.length;
    case 'majority':
      return members.length > nodeset.length / 2;
    case 'count':
      return members.length >= policy.copies;
    case 'spread':
      return members.length >= policy.copies && zonesOf(members).size >= policy.zones;
    case 'any-of':
      return policy.quorums.some((quorum) => quorum.every((id) => on.has(id)));
    case 'scopes':
      throw new Error('a policy of another engine is not enumerated');
  }
}

function zonesOf(members: readonly { readonly location: string }[]): Set<string> {
  return new Set(members.map(({ location }) => location.split('/').slice(0, 2).join('/')));
}

function subsets<T>(all: readonly T[]): T[][] {
  const [first, ...others] = all;
  if (first === undefined) return [[]];
  return subsets(others).flatMap((set) => [set, [first, ...set]]);
}
