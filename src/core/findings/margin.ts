import { type Durability, type NodesetMember, zoneOf } from '../durability.ts';
import type { ServerId } from '../ids.ts';
import { isSealQuorum, lossesUntilUnsealable, quorumSystem } from '../quorum.ts';

/** How far a loglet is from being unsealable. */
export interface Margin {
  readonly sealable: boolean;
  /** 0 when it is not sealable now; absent when no loss can make it so. */
  readonly losses?: number;
  /** Single losses that would do it: of one server, or of all servers of one zone. */
  readonly servers: readonly ServerId[];
  readonly zones: readonly string[];
}

export function marginOf(
  segment: { readonly nodeset: readonly NodesetMember[]; readonly durability: Durability },
  responders: ReadonlySet<ServerId>,
): Margin {
  const system = quorumSystem(segment.durability, segment.nodeset);
  const sealable = isSealQuorum(system, responders);
  const losses = lossesUntilUnsealable(system, responders);
  const isFatal = (gone: (member: NodesetMember) => boolean): boolean => {
    const lost = new Set(segment.nodeset.filter(gone).map((member) => member.serverId));
    return !isSealQuorum(system, new Set([...responders].filter((id) => !lost.has(id))));
  };
  const live = segment.nodeset.filter((member) => responders.has(member.serverId));
  const zones = [...new Set(live.map((member) => zoneOf(member.location)))];
  return {
    sealable,
    ...(losses !== undefined && { losses }),
    servers: sealable
      ? live.map((one) => one.serverId).filter((id) => isFatal((m) => m.serverId === id))
      : [],
    zones: sealable ? zones.filter((zone) => isFatal((member) => zoneOf(member.location) === zone)) : [],
  };
}
