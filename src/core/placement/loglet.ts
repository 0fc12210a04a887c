import { canHostSuccessor, type Durability, type NodesetMember, type SuccessorRule } from '../durability.ts';
import type { ServerId } from '../ids.ts';
import { containsCommitQuorum, isSealQuorum, quorumSystem } from '../quorum.ts';
import type { Placed } from './losses.ts';

/** A loglet that takes appends, and where the servers stand on which the log could go on. */
export interface PlacedLoglet {
  readonly nodeset: readonly NodesetMember[];
  readonly durability: Durability;
  readonly sequencer?: ServerId;
  readonly nextRules: readonly SuccessorRule[];
  /** All LogServers. */
  readonly universe: readonly PlacedServer[];
}

export interface PlacedServer extends Placed {
  readonly id: ServerId;
  readonly location: string;
}

/** What is left of a log when these servers are lost. Nothing else is: the MetaStore is looked at by itself. */
export interface LogletOutcome {
  /**
   * No acknowledged entry is on lost servers alone, and those left can seal: for any policy one statement (protocol §2).
   */
  readonly sealable: boolean;
  /** Whether those left can be the nodeset of an admissible successor. */
  readonly canHost: boolean;
  readonly appends: 'go on' | 'go on after a reconfiguration' | 'stop';
  /** Whether a rebuild would be proven, were the MetaStore lost too and no repository left. */
  readonly rebuildProven: boolean;
}

export function outcomeOf(loglet: PlacedLoglet, lost: ReadonlySet<ServerId>): LogletOutcome {
  const { nodeset, durability, sequencer, nextRules, universe } = loglet;
  const system = quorumSystem(durability, nodeset);
  const left = new Set(system.members.filter((id) => !lost.has(id)));
  const sealable = isSealQuorum(system, left);
  const canHost = canHostSuccessor(nextRules, universe.filter(({ id }) => !lost.has(id)).map(member));
  const commits = containsCommitQuorum(system, left);
  const isUntouched = commits && sequencer !== undefined && !lost.has(sequencer);
  const moves = sealable && canHost ? 'go on after a reconfiguration' : 'stop';
  const couldHide = canHostSuccessor(nextRules, universe.filter(({ id }) => lost.has(id)).map(member));
  return {
    sealable,
    canHost,
    appends: isUntouched ? 'go on' : moves,
    // Active on a commit quorum, or no room for a successor that nobody saw (protocol §5.3).
    rebuildProven: commits || (sealable && !couldHide),
  };
}

function member({ id, location }: PlacedServer) {
  return { serverId: id, location };
}

/** Whether a sealed segment has no copy left that its policy vouches for. */
export function isSegmentAtRisk(
  { nodeset, durability }: Pick<PlacedLoglet, 'nodeset' | 'durability'>,
  lost: ReadonlySet<ServerId>,
): boolean {
  const system = quorumSystem(durability, nodeset);
  return !isSealQuorum(system, new Set(system.members.filter((id) => !lost.has(id))));
}
