import { coverage, type NonWitness } from '../coverage.ts';
import type { ChainEvidence, Copy, ObservedServer } from '../evidence.ts';
import type { ServerId, StoreId } from '../ids.ts';
import { containsCommitQuorum, isSealQuorum, quorumSystem, setsThatWouldSeal } from '../quorum.ts';
import { type LogletFacts, successorTerms } from './facts.ts';

/** What the question "could there be a loglet that nobody here has seen?" is asked of. */
export interface Witnesses {
  readonly path: readonly LogletFacts[];
  /** Every loglet that anything mentions. */
  readonly loglets: readonly LogletFacts[];
  readonly servers: readonly ObservedServer[];
  readonly chains: readonly ChainEvidence[];
  readonly damagedServers: ReadonlySet<ServerId>;
  /** The greatest number of a generation that anything tells of: recoveries up to it may have decided unseen. */
  readonly latestGeneration: number;
}

/** A candidate that took no entry itself, and whose successor nobody here can have seen. */
export interface UnseenSuccessor {
  readonly candidate: LogletFacts;
  readonly nonWitnesses: readonly NonWitness[];
}

/** Copies that count for quorums: the very store that the nodeset names, in service, answering now. */
export function liveMembers(facts: LogletFacts): Copy[] {
  return facts.copies.filter(
    (copy) =>
      !copy.offline &&
      copy.retired !== true &&
      facts.nodeset.some((member) => member.serverId === copy.serverId && member.storeId === copy.storeId),
  );
}

export function serversOf(copies: readonly Copy[]): Set<ServerId> {
  return new Set(copies.map((copy) => copy.serverId));
}

/** Unsealed on a commit quorum: nobody can have sealed it on a seal quorum, so it has no successor. */
export function isUnsealed(facts: LogletFacts): boolean {
  if (facts.durability === undefined || facts.descriptor === undefined || facts.close !== undefined)
    return false;
  const unsealed = liveMembers(facts).filter((copy) => !copy.state.sealed);
  return containsCommitQuorum(quorumSystem(facts.durability, facts.nodeset), serversOf(unsealed));
}

/** Whether those who answer meet every commit quorum: nothing can be acknowledged, now or ever, without one of them. */
export function respondersSeal(facts: LogletFacts): boolean {
  if (facts.durability === undefined) return false;
  return isSealQuorum(quorumSystem(facts.durability, facts.nodeset), serversOf(liveMembers(facts)));
}

/**
 * Unmarked, and its responders are a seal quorum: not activated on them now, and sealed by us before anything is
 * concluded, it never held and never can hold an acknowledged entry.
 */
export function isDeadOnArrival(candidate: LogletFacts): boolean {
  return candidate.installed.length === 0 && respondersSeal(candidate);
}

/**
 * Whether a store of its nodeset answers without it. It was not provisioned everywhere, so it was never installed, and
 * behind the fence it never will be. A store that trimmed so far may have dropped it: that one tells nothing.
 */
export function isIncomplete(candidate: LogletFacts, witnesses: Witnesses): boolean {
  const holders = serversOf(candidate.copies);
  return witnesses.servers.some(({ serverId, answer }) => {
    if (answer.kind !== 'answered' || answer.offline || holders.has(serverId)) return false;
    if (witnesses.damagedServers.has(serverId)) return false;
    if (answer.trims.some(({ trimPoint }) => trimPoint > 0n && trimPoint >= candidate.start)) return false;
    return candidate.nodeset.some(
      (member) => member.serverId === serverId && member.storeId === answer.status.storeId,
    );
  });
}

/** For people: which silent servers would make a candidate decidable. */
export function setsThatWouldDecide(candidate: LogletFacts): ServerId[][] {
  if (candidate.durability === undefined) return candidate.nodeset.map((member) => [member.serverId]);
  const system = quorumSystem(candidate.durability, candidate.nodeset);
  return setsThatWouldSeal(system, serversOf(liveMembers(candidate)));
}

/** Who did not witness the successor of the last loglet of this path, and whether they could be its nodeset. */
export function coverageAfter(tip: LogletFacts, witnesses: Witnesses) {
  return coverage({
    servers: witnesses.servers,
    oldStores: oldStores([...witnesses.path, tip]),
    retired: new Set(tip.descriptor?.retired ?? []),
    storesOf: storesByServer(witnesses.loglets),
    damagedServers: witnesses.damagedServers,
    rules: successorTerms(tip, witnesses.chains)?.nextRules,
  });
}

/**
 * A candidate may have been installed, never activated, then sealed and extended by a reconfigurer that is bound by
 * the *candidate's* rules: its successor may be smaller than any that the tip allows. Unless the candidate is unsealed
 * on a commit quorum, it is asked the same question as the tip.
 */
export function unseenSuccessors(
  candidates: readonly LogletFacts[],
  witnesses: Witnesses,
): UnseenSuccessor[] {
  return candidates.flatMap((candidate) => {
    if (isUnsealed(candidate)) return [];
    const { nonWitnesses, canHost } = coverageAfter(candidate, witnesses);
    return canHost ? [{ candidate, nonWitnesses }] : [];
  });
}

/**
 * A recovery may have left out the last loglets of this path (they never took an acknowledged entry) and gone on from
 * an earlier one, bound by *its* rules. Where servers know of a later generation than anything after that loglet
 * shows, the successor which that recovery installed is asked for as well.
 */
export function unseenDecisions(witnesses: Witnesses): UnseenSuccessor[] {
  const { path, latestGeneration } = witnesses;
  return path.slice(0, -1).flatMap((candidate, place) => {
    const shown = Math.max(...path.slice(place + 1).map((facts) => facts.generation?.number ?? 0));
    if (shown >= latestGeneration) return [];
    const { nonWitnesses, canHost } = coverageAfter(candidate, {
      ...witnesses,
      path: path.slice(0, place + 1),
    });
    return canHost ? [{ candidate, nonWitnesses }] : [];
  });
}

function oldStores(path: readonly LogletFacts[]): Set<StoreId> {
  const stores = new Set<StoreId>();
  for (const facts of path) {
    for (const member of facts.nodeset) stores.add(member.storeId);
    for (const seen of facts.descriptor?.stores ?? []) stores.add(seen.storeId);
  }
  return stores;
}

/** Of all loglets, also those beside the chain: an orphan, too, shows that a server came back with another disk. */
function storesByServer(loglets: readonly LogletFacts[]): Map<ServerId, Set<StoreId>> {
  const stores = new Map<ServerId, Set<StoreId>>();
  const add = (id: ServerId, store: StoreId): void => {
    const held = stores.get(id);
    if (held === undefined) stores.set(id, new Set([store]));
    else held.add(store);
  };
  for (const facts of loglets) {
    for (const member of facts.nodeset) add(member.serverId, member.storeId);
    for (const seen of facts.descriptor?.stores ?? []) add(seen.serverId, seen.storeId);
  }
  return stores;
}
