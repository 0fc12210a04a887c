import type { MemberPlacement } from '../../codec/results/place.ts';
import { minimalFatalLosses } from '../../core/placement/fatal.ts';
import type { Level, Loss, Placed } from '../../core/placement/losses.ts';
import { chooseMembers, isMajority } from '../../core/placement/members.ts';

/** A member of the MetaStore, or one that might be added. */
export interface PlacedMember extends Placed {
  readonly exists: boolean;
}

/** Wide ones first: what they cost is what a reader looks for. */
export const SHOWN_LEVELS = ['region', 'zone', 'server'] as const satisfies readonly Level[];

/**
 * Members for a MetaStore of `count`: of those configured, and where they are too few, new ones in the zones that the
 * cluster already stands in.
 */
export function grownTo(
  configured: readonly PlacedMember[],
  count: number,
  locations: readonly string[],
): PlacedMember[] {
  if (configured.length >= count) return chooseMembers(configured, count);
  const wanted = count - configured.length;
  const zones = [...new Set(locations.map((location) => location.split('/').slice(0, 2).join('/')))];
  const offers = zones.flatMap((location) =>
    Array.from(
      { length: wanted },
      (_, turn): PlacedMember => ({ id: `${location}#${turn}`, location, exists: false }),
    ),
  );
  const chosen = chooseMembers(offers, count, configured as PlacedMember[]);
  return chosen.map((member, place) =>
    member.exists ? member : { ...member, id: `new member ${place + 1}` },
  );
}

/** What costs the majority. Where a member stands that has no location nobody knows: it is lost with every domain. */
export function placementOf(members: readonly PlacedMember[]): MemberPlacement {
  const isFatal = (lost: readonly Placed[]) => !isMajority(members.length - lost.length, members.length);
  const found = SHOWN_LEVELS.map((level) => minimalFatalLosses(level, members, isFatal));
  return {
    members: members.map(({ id, location, exists }) => ({ name: id, location: location ?? null, exists })),
    fatal: mergeFatal(found),
  };
}

export function mergeFatal(
  found: readonly { readonly losses: readonly Loss[]; readonly complete: boolean }[],
): MemberPlacement['fatal'] {
  return {
    losses: found.flatMap(({ losses }) => losses),
    complete: found.every(({ complete }) => complete),
  };
}
