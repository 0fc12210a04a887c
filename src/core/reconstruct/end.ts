import { coverage, type NonWitness } from '../coverage.ts';
import type { ChainEvidence, Copy, ObservedServer, RepositoryEvidence } from '../evidence.ts';
import { compareGenerations } from '../generation.ts';
import type { LogletId, Position, ServerId, StoreId } from '../ids.ts';
import { containsCommitQuorum, isSealQuorum, quorumSystem, setsThatWouldSeal } from '../quorum.ts';
import { inferTail, type TailAnswer, tailAcceptingLoss } from '../tail.ts';
import { type LogletFacts, successorTerms } from './facts.ts';

/** What shows that the last loglet found is the last one there is. */
export type EndProof =
  /** A commit quorum is unsealed: nobody can have sealed it, so nothing can have been installed after it. */
  | { readonly kind: 'unsealed on a commit quorum' }
  /** Snapshots are required before activation, and this recovery occupies the next one's place. */
  | { readonly kind: 'repository fence'; readonly notListed: readonly LogletId[] }
  /** Those who did not witness cannot host an admissible successor. */
  | { readonly kind: 'no host'; readonly nonWitnesses: readonly NonWitness[] }
  /** None: a successor may exist. */
  | {
      readonly kind: 'none';
      readonly nonWitnesses: readonly NonWitness[];
      readonly undecided: readonly LogletFacts[];
    };

export type LastLoglet =
  | { readonly state: 'active'; readonly activate: boolean }
  | {
      readonly state: 'sealed';
      readonly tail: Position;
      readonly committed: Position;
      readonly repairable: boolean;
      readonly contradiction?: { readonly from: Position; readonly to: Position; readonly said: ServerId };
    }
  | {
      readonly state: 'unsealable';
      readonly wouldSettle: readonly (readonly ServerId[])[];
      /** The largest local tail among the responders: where the log goes on if the operator accepts loss. */
      readonly tailAcceptingLoss: Position;
    };

export interface EndOfChain {
  readonly tip: LogletFacts;
  readonly last: LastLoglet;
  readonly proof: EndProof;
  /** Loglets after the tip that were, at most, provisioned or installed, and never took an entry. */
  readonly dropped: readonly LogletFacts[];
}

export interface EndInput {
  readonly path: readonly LogletFacts[];
  readonly candidates: readonly LogletFacts[];
  readonly servers: readonly ObservedServer[];
  readonly chains: readonly ChainEvidence[];
  readonly repository: RepositoryEvidence | undefined;
  readonly damagedServers: ReadonlySet<ServerId>;
}

/** Where the chain ends and why we may believe it (protocol §5.3), in the order of the rules. */
export function endOfChain(input: EndInput): EndOfChain | undefined {
  const tip = input.path.at(-1);
  if (tip === undefined) return undefined;
  if (isUnsealed(tip)) {
    const activate = !isActive(tip);
    const proof: EndProof = { kind: 'unsealed on a commit quorum' };
    return { tip, last: { state: 'active', activate }, proof, dropped: input.candidates };
  }
  return endByRepository(input) ?? endByCoverage(input, tip);
}

/** Copies that count for quorums: the very store that the nodeset names, answering now. */
export function liveMembers(facts: LogletFacts): Copy[] {
  return facts.copies.filter(
    (copy) =>
      !copy.offline &&
      facts.nodeset.some((member) => member.serverId === copy.serverId && member.storeId === copy.storeId),
  );
}

function serversOf(copies: readonly Copy[]): Set<ServerId> {
  return new Set(copies.map((copy) => copy.serverId));
}

function isUnsealed(facts: LogletFacts): boolean {
  if (facts.durability === undefined || facts.descriptor === undefined || facts.close !== undefined)
    return false;
  const unsealed = liveMembers(facts).filter((copy) => !copy.state.sealed);
  return containsCommitQuorum(quorumSystem(facts.durability, facts.nodeset), serversOf(unsealed));
}

function isActive(facts: LogletFacts): boolean {
  if (facts.durability === undefined) return false;
  const active = liveMembers(facts).filter((copy) => copy.state.activatedAt !== undefined);
  // Every member that answers must take appends, or the log would limp until somebody reconfigures.
  return (
    active.length === liveMembers(facts).length &&
    containsCommitQuorum(quorumSystem(facts.durability, facts.nodeset), serversOf(active))
  );
}

/**
 * Under `required`, a loglet that the repository does not list was never activated, and cannot be any more once this
 * recovery occupies its snapshot's place. So whoever is silent, the chain ends with the newest snapshot.
 */
function endByRepository(input: EndInput): EndOfChain | undefined {
  const newest = newestSnapshot(input.chains);
  const { repository } = input;
  if (newest === undefined || repository === undefined || !repository.canFence) return undefined;
  const { snapshots, segments } = newest;
  if (snapshots.mode !== 'required' || snapshots.repositoryId !== repository.repositoryId) return undefined;
  const place = input.path.findIndex((facts) => facts.logletId === segments.at(-1)?.logletId);
  const tip = input.path[place];
  if (tip === undefined) return undefined;
  const beyond = input.path.slice(place + 1);
  // An activated loglet that is not listed: the repository broke its promise, so its silence proves nothing.
  if (beyond.some(wasActivated)) return undefined;
  const dropped = [...beyond, ...input.candidates];
  const proof: EndProof = { kind: 'repository fence', notListed: dropped.map((facts) => facts.logletId) };
  return { tip, last: sealedState(tip), proof, dropped };
}

export function newestSnapshot(chains: readonly ChainEvidence[]) {
  return chains
    .filter((evidence) => evidence.source === 'snapshot')
    .map((evidence) => evidence.chain)
    .sort((a, b) => compareGenerations(a.generation, b.generation) || a.version - b.version)
    .at(-1);
}

export function wasActivated(facts: LogletFacts): boolean {
  return facts.installed.some(({ kind }) =>
    ['activated', 'entries', 'closed', 'named by a close record'].includes(kind),
  );
}

function endByCoverage(input: EndInput, tip: LogletFacts): EndOfChain {
  const { nonWitnesses, canHost } = coverage({
    servers: input.servers,
    oldStores: oldStores(input.path),
    retired: new Set(tip.descriptor?.retired ?? []),
    storesOf: storesByServer(input),
    damagedServers: input.damagedServers,
    rules: successorTerms(tip, input.chains)?.nextRules,
  });
  const undecided = input.candidates.filter((candidate) => !isDeadOnArrival(candidate));
  const dropped = input.candidates.filter((candidate) => !undecided.includes(candidate));
  const proof: EndProof =
    canHost || undecided.length > 0
      ? { kind: 'none', nonWitnesses: canHost ? nonWitnesses : [], undecided }
      : { kind: 'no host', nonWitnesses };
  return { tip, last: sealedState(tip), proof, dropped };
}

/**
 * Unmarked, and its responders are a seal quorum: not activated on them now, and sealed by us before anything is
 * concluded, it never held and never can hold an acknowledged entry.
 */
export function isDeadOnArrival(candidate: LogletFacts): boolean {
  if (candidate.durability === undefined) return false;
  return isSealQuorum(
    quorumSystem(candidate.durability, candidate.nodeset),
    serversOf(liveMembers(candidate)),
  );
}

/** What sealing the tip on everybody who answers will show. */
function sealedState(tip: LogletFacts): LastLoglet {
  const answers: TailAnswer[] = liveMembers(tip).map(({ serverId, state }) => ({
    serverId,
    localTail: state.localTail,
    knownCommitted: state.knownCommitted,
  }));
  if (tip.durability === undefined) {
    // Only a close record names it: its servers must say what it is.
    const wouldSettle = tip.nodeset.map((member) => [member.serverId]);
    return { state: 'unsealable', wouldSettle, tailAcceptingLoss: tip.start };
  }
  const loglet = { ...tip, durability: tip.durability };
  const inferred = inferTail(loglet, answers);
  if (inferred.kind === 'unsealable') {
    return {
      state: 'unsealable',
      wouldSettle: inferred.wouldSettle,
      tailAcceptingLoss: tailAcceptingLoss(loglet, answers),
    };
  }
  const { tail, committed, repairable, contradiction } = inferred;
  return { state: 'sealed', tail, committed, repairable, ...(contradiction && { contradiction }) };
}

function oldStores(path: readonly LogletFacts[]): Set<StoreId> {
  const stores = new Set<StoreId>();
  for (const facts of path) {
    for (const member of facts.nodeset) stores.add(member.storeId);
    for (const seen of facts.descriptor?.stores ?? []) stores.add(seen.storeId);
  }
  return stores;
}

function storesByServer(input: EndInput): Map<ServerId, Set<StoreId>> {
  const stores = new Map<ServerId, Set<StoreId>>();
  const add = (id: ServerId, store: StoreId): void => {
    const held = stores.get(id);
    if (held === undefined) stores.set(id, new Set([store]));
    else held.add(store);
  };
  for (const facts of [...input.path, ...input.candidates]) {
    for (const member of facts.nodeset) add(member.serverId, member.storeId);
    for (const seen of facts.descriptor?.stores ?? []) add(seen.serverId, seen.storeId);
  }
  return stores;
}

/** For people: which silent servers would make a candidate decidable. */
export function setsThatWouldDecide(candidate: LogletFacts): ServerId[][] {
  if (candidate.durability === undefined) return candidate.nodeset.map((member) => [member.serverId]);
  const system = quorumSystem(candidate.durability, candidate.nodeset);
  return setsThatWouldSeal(system, serversOf(liveMembers(candidate)));
}
