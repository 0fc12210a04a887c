import type { Chain } from '../chain.ts';
import type { Position } from '../ids.ts';
import { containsCommitQuorum, quorumSystem } from '../quorum.ts';
import { liveMembers } from '../reconstruct/candidates.ts';
import type { LogletFacts } from '../reconstruct/facts.ts';
import { factsOf, type LogSituation } from './situation.ts';

export interface Ended {
  readonly facts: LogletFacts;
  readonly end: Position;
  readonly next: LogletFacts;
}

/** The segments whose end is final and not wholly trimmed: a later one was activated on a commit quorum, or closed. */
export function endedSegments(log: LogSituation, { segments, trimPoint }: Chain): Ended[] {
  const ended: Ended[] = [];
  let isFinal = false;
  for (let place = segments.length - 1; place > 0; place -= 1) {
    const [segment, before] = [segments[place], segments[place - 1]];
    const next = segment && factsOf(log, segment.logletId);
    const facts = before && factsOf(log, before.logletId);
    isFinal ||= (next !== undefined && showsActive(next)) || facts?.close !== undefined;
    if (!isFinal || facts === undefined || next === undefined || next.start <= trimPoint) continue;
    ended.push({ facts, end: next.start, next });
  }
  return ended.reverse();
}

function showsActive(facts: LogletFacts): boolean {
  if (facts.durability === undefined) return false;
  const active = liveMembers(facts).filter((copy) => copy.state.activatedAt !== undefined);
  const system = quorumSystem(facts.durability, facts.nodeset);
  return containsCommitQuorum(system, new Set(active.map((copy) => copy.serverId)));
}
