import type { Durability } from '../durability.ts';
import type { Copy, ObservedServer } from '../evidence.ts';
import type { ServerId } from '../ids.ts';
import { containsCommitQuorum, quorumSystem } from '../quorum.ts';
import { liveMembers } from '../reconstruct/candidates.ts';
import type { LogletFacts } from '../reconstruct/facts.ts';
import { type Margin, marginOf } from './margin.ts';

/** Whether a log's last loglet takes appends, and if not, what is in the way. */
export type Taking =
  | 'appends'
  /** Everything is there but the process that gives positions. */
  | 'appends after a new sequencer'
  /** Sealed so that it never will again, whoever returns. */
  | 'nothing: sealed'
  /** Not activated, whoever returns. */
  | 'nothing: not activated'
  /** Too few members answer. */
  | 'nothing: members missing';

export interface LastLoglet {
  readonly facts: LogletFacts;
  readonly live: readonly Copy[];
  /** Members that do not answer, or answer with another store or without the loglet. */
  readonly missing: readonly ServerId[];
  readonly taking: Taking;
  readonly margin: Margin;
}

/** `undefined` when only a close record names it: nobody here knows its policy. */
export function lastLoglet(
  facts: LogletFacts,
  servers: ReadonlyMap<ServerId, ObservedServer>,
): LastLoglet | undefined {
  const { durability } = facts;
  if (durability === undefined) return undefined;
  const live = liveMembers(facts);
  const answering = new Set(live.map((copy) => copy.serverId));
  const missing = facts.nodeset
    .map((member) => member.serverId)
    .filter((id) => !answering.has(id))
    .sort();
  const margin = marginOf({ nodeset: facts.nodeset, durability }, answering);
  const taking = takingOf({ ...facts, durability }, { live, servers });
  return { facts, live, missing, taking, margin };
}

function takingOf(
  facts: LogletFacts & { readonly durability: Durability },
  seen: { readonly live: readonly Copy[]; readonly servers: ReadonlyMap<ServerId, ObservedServer> },
): Taking {
  const { live, servers } = seen;
  const system = quorumSystem(facts.durability, facts.nodeset);
  const commits = (ids: readonly ServerId[]): boolean => containsCommitQuorum(system, new Set(ids));
  const held = new Set(live.map((copy) => copy.serverId));
  const absent = facts.nodeset.map((member) => member.serverId).filter((id) => !held.has(id));
  const open = live.filter((copy) => !copy.state.sealed);
  const active = open.filter((copy) => copy.state.activatedAt !== undefined);
  if (commits(idsOf(active)))
    return hasSequencer(facts, servers) ? 'appends' : 'appends after a new sequencer';
  if (!commits([...idsOf(open), ...absent])) return 'nothing: sealed';
  if (active.length < open.length && !commits([...idsOf(active), ...absent])) return 'nothing: not activated';
  return 'nothing: members missing';
}

function idsOf(copies: readonly Copy[]): ServerId[] {
  return copies.map((copy) => copy.serverId);
}

/** Positions are given by one process; a restarted server is another. */
function hasSequencer(facts: LogletFacts, servers: ReadonlyMap<ServerId, ObservedServer>): boolean {
  const sequencer = facts.descriptor?.sequencer ?? facts.segment?.sequencer;
  const answer = sequencer && servers.get(sequencer.serverId)?.answer;
  return answer?.kind === 'answered' && answer.status.incarnation === sequencer?.incarnation;
}
