import type { NonWitness } from '../coverage.ts';
import type { ChainEvidence, RepositoryEvidence } from '../evidence.ts';
import type { LogletId, Position, ServerId } from '../ids.ts';
import { containsCommitQuorum, quorumSystem } from '../quorum.ts';
import { foreseenAtSeal, inferTail, tailAcceptingLoss, tailAnswer } from '../tail.ts';
import {
  coverageAfter,
  isDeadOnArrival,
  isIncomplete,
  isUnsealed,
  liveMembers,
  serversOf,
  type UnseenSuccessor,
  unseenDecisions,
  unseenSuccessors,
  type Witnesses,
} from './candidates.ts';
import { compareMoments, type LogletFacts } from './facts.ts';

export { isDeadOnArrival, liveMembers } from './candidates.ts';

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
      readonly beyond: readonly UnseenSuccessor[];
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

export interface EndInput extends Witnesses {
  readonly candidates: readonly LogletFacts[];
  readonly repository: RepositoryEvidence | undefined;
}

/** Where the chain ends and why we may believe it (protocol §5.3), in the order of the rules. */
export function endOfChain(input: EndInput): EndOfChain | undefined {
  const tip = input.path.at(-1);
  if (tip === undefined) return undefined;
  // A successor to a loglet that is open on a commit quorum comes of accepted loss only: then it has to be decided.
  if (isUnsealed(tip) && input.candidates.length === 0) {
    const activate = !isActive(tip);
    const proof: EndProof = { kind: 'unsealed on a commit quorum' };
    return { tip, last: { state: 'active', activate }, proof, dropped: [] };
  }
  return endByRepository(input) ?? endByCoverage(input, tip);
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
    .sort(compareMoments)
    .at(-1);
}

export function wasActivated(facts: LogletFacts): boolean {
  return facts.installed.some(({ kind }) =>
    ['activated', 'entries', 'closed', 'named by a close record'].includes(kind),
  );
}

function endByCoverage(input: EndInput, tip: LogletFacts): EndOfChain {
  const { nonWitnesses, canHost } = coverageAfter(tip, input);
  const whole = input.candidates.filter((candidate) => !isIncomplete(candidate, input));
  const undecided = whole.filter((candidate) => !isDeadOnArrival(candidate));
  const dropped = input.candidates.filter((candidate) => !undecided.includes(candidate));
  const beyond = [...unseenDecisions(input), ...unseenSuccessors(whole.filter(isDeadOnArrival), input)];
  const proof: EndProof =
    canHost || undecided.length > 0 || beyond.length > 0
      ? { kind: 'none', nonWitnesses: canHost ? nonWitnesses : [], undecided, beyond }
      : { kind: 'no host', nonWitnesses };
  return { tip, last: sealedState(tip), proof, dropped };
}

/** What sealing the tip on everybody who answers will show. */
function sealedState(tip: LogletFacts): LastLoglet {
  const answers = liveMembers(tip).map(({ serverId, state }) => tailAnswer(serverId, state));
  if (tip.durability === undefined) {
    // Only a close record names it: its servers must say what it is.
    const wouldSettle = tip.nodeset.map((member) => [member.serverId]);
    return { state: 'unsealable', wouldSettle, tailAcceptingLoss: tip.start };
  }
  const loglet = { ...tip, durability: tip.durability };
  const inferred = inferTail(loglet, foreseenAtSeal(answers));
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
