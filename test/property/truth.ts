import { canonicalJson } from '../../src/core/canonical.ts';
import { lastSegment } from '../../src/core/chain.ts';
import type { Observation } from '../../src/core/evidence.ts';
import { containsCommitQuorum, quorumSystem } from '../../src/core/quorum.ts';
import type { Reconstruction } from '../../src/core/reconstruct/reconstruct.ts';
import type { SegmentVerdict } from '../../src/core/reconstruct/segments.ts';
import type { History } from './history.ts';

export interface Case {
  readonly seed: number;
  readonly history: History;
  readonly observation: Observation;
  readonly rebuilt: Reconstruction;
}

export function story({ seed, history, rebuilt }: Case): string {
  const truth = history.world.chain.segments.map((one) => `${one.logletId}@${one.start}`).join(' ');
  const found = rebuilt.segments.map((one) => `${one.logletId}@${one.start}-${one.end ?? ''}`).join(' ');
  const problems = rebuilt.problems.map((one) => one.message).join('\n  ');
  const acknowledged = [...history.acknowledged].map(([id, tail]) => `${id}<${tail}`).join(' ');
  return `seed ${seed}\n${history.trace.join('\n')}\ntruth ${truth}\nfound ${found}\nacknowledged ${acknowledged}\n${rebuilt.verdict} by ${rebuilt.end?.proof.kind}\n  ${problems}\nloss ${canonicalJson(rebuilt.loss)}`;
}

/** Why a proven chain is wrong; empty when it is right. */
export function wrongs({ history, rebuilt }: Case): string[] {
  const wrong: string[] = [];
  const { chain } = history.world;
  const path = rebuilt.segments;
  for (const segment of path) {
    if (!history.installed.has(segment.logletId)) wrong.push(`${segment.logletId} was never installed`);
    const real = chain.segments.find((one) => one.index === segment.index);
    // A recovery left it out: it never took an acknowledged entry, and takes none now.
    if (segment.index > lastSegment(chain).index && !isActive(history, segment)) continue;
    if (
      real === undefined
        ? segment.index > (chain.segments[0]?.index ?? 0)
        : real.logletId !== segment.logletId
    )
      wrong.push(`segment ${segment.index} is ${real?.logletId}, not ${segment.logletId}`);
    if (real !== undefined && real.start !== segment.start)
      wrong.push(`segment ${segment.index} starts elsewhere`);
  }
  const tip = path.at(-1);
  const [first] = path;
  for (const real of chain.segments) {
    if (first !== undefined && real.index < first.index && (real.end ?? 0n) > rebuilt.trimPoint)
      wrong.push(`segment ${real.index} is missing`);
    if (tip === undefined || real.index <= tip.index) continue;
    const active = new Set(history.activated.get(real.logletId));
    if (rebuilt.end?.proof.kind !== 'repository fence')
      for (const [id, server] of history.world.servers) {
        const member = real.nodeset.find((one) => one.serverId === id);
        if (server.reply === 'silent' && member !== undefined) active.add(member.serverId);
      }
    if (containsCommitQuorum(quorumSystem(real.durability, real.nodeset), active))
      wrong.push(`${real.logletId} is, or can still become, active`);
  }
  const acknowledged = tip && history.acknowledged.get(tip.logletId);
  if (tip?.end !== undefined && acknowledged !== undefined && acknowledged > tip.end)
    wrong.push(`${tip.logletId} ends at ${tip.end}, but ${acknowledged} were acknowledged`);
  if (rebuilt.trimPoint > chain.trimPoint && !wasTrimmed(history, rebuilt.trimPoint))
    wrong.push(`trimmed to ${rebuilt.trimPoint}, not ${chain.trimPoint}`);
  return wrong;
}

/** By somebody, and no loglet of a later generation reaches below it. */
function wasTrimmed({ world, trims, madeIn }: History, trimPoint: bigint): boolean {
  return trims.some(
    ({ to, generation }) =>
      to === trimPoint &&
      world.chain.segments.every((one) => (madeIn.get(one.logletId) ?? 1) <= generation || one.start >= to),
  );
}

function isActive({ activated }: History, { logletId, nodeset, durability }: SegmentVerdict): boolean {
  const on = activated.get(logletId) ?? new Set();
  return durability !== undefined && containsCommitQuorum(quorumSystem(durability, nodeset), on);
}

/** Acknowledged positions of the true chain that no answering store holds, and that are not counted as lost. */
export function unmentioned({ history, rebuilt }: Case): string[] {
  const { world, acknowledged } = history;
  const counted = [...rebuilt.loss.lost, ...rebuilt.loss.possiblyLost];
  return world.chain.segments.flatMap((segment) => {
    const tail = acknowledged.get(segment.logletId) ?? segment.start;
    const missing: string[] = [];
    for (let position = segment.start; position < tail; position += 1n) {
      if (position < world.chain.trimPoint) continue;
      const held = [...world.servers.values()].some(({ reply, loglets }) => {
        const state = reply === 'silent' ? undefined : loglets.get(segment.logletId);
        return state !== undefined && state.firstHeld <= position && position < state.localTail;
      });
      const isCounted = counted.some(
        ({ from, to }) => from <= position && (to === undefined || position < to),
      );
      if (!held && !isCounted) missing.push(`${position} of ${segment.logletId}`);
    }
    return missing;
  });
}
