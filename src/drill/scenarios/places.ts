import type { Segment } from '../../core/chain.ts';
import type { Scene } from '../scenario.ts';

/** The chain as the living MetaStore has it: whoever makes a disaster may know where to strike. */
export async function segmentsOf({ access, logId }: Scene): Promise<readonly Segment[]> {
  const chain = await access.metaStore.get(logId);
  if (chain === undefined) throw new Error(`log ${logId} has no chain`);
  return chain.segments;
}

export function membersOf(segment: Segment): string[] {
  return segment.nodeset.map((member) => member.serverId);
}

/** The last loglet's members, the one that gives positions first. */
export async function lastMembers(scene: Scene): Promise<string[]> {
  const last = (await segmentsOf(scene)).at(-1);
  if (last === undefined) throw new Error('a chain without a segment');
  const sequencer = last.sequencer?.serverId;
  return membersOf(last).sort((a, b) => Number(b === sequencer) - Number(a === sequencer));
}

export function serverIds({ access }: Scene): string[] {
  return access.sandbox.state.logServers.map((server) => server.id);
}
