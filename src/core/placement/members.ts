import { domainOf, isLost, type Loss, type Placed } from './losses.ts';

/** Whether a majority of the MetaStore's members is left. */
export type MemberQuorum = 'kept' | 'lost' | 'unknown';

export function quorumAfter(members: readonly Placed[], losses: readonly Loss[]): MemberQuorum {
  const fates = members.map((member) => isLost(member, losses));
  const left = fates.filter((fate) => fate === false).length;
  const perhapsLeft = fates.filter((fate) => fate !== true).length;
  if (isMajority(left, members.length)) return 'kept';
  return isMajority(perhapsLeft, members.length) ? 'unknown' : 'lost';
}

export function isMajority(count: number, of: number): boolean {
  return count * 2 > of;
}

/**
 * Members for a MetaStore of `count`, spread so that the fewest are lost with any one region, and with any one zone.
 * Those to `keep` are taken whatever their place; among equals the order given decides.
 */
export function chooseMembers<T extends Placed>(
  candidates: readonly T[],
  count: number,
  keep: readonly T[] = [],
): T[] {
  const chosen = [...keep];
  const left = candidates.filter((one) => !keep.includes(one));
  /** A domain with more of them takes the majority along. */
  const most = Math.floor((count - 1) / 2);
  while (chosen.length < count && left.length > 0) {
    const costs = left.map((one) => costOf(one, chosen, most));
    const best = costs.reduce((least, cost, place) => (isLess(cost, costs[least] ?? []) ? place : least), 0);
    chosen.push(...left.splice(best, 1));
  }
  return chosen;
}

/** Smaller is better, the first difference decides. */
function costOf(one: Placed, chosen: readonly Placed[], most: number): number[] {
  const withIt = (level: 'region' | 'zone') => {
    const name = domainOf(level, one);
    return name === undefined ? 1 : chosen.filter((other) => domainOf(level, other) === name).length + 1;
  };
  const [zone, region] = [withIt('zone'), withIt('region')];
  return [Math.max(0, zone - most), Math.max(0, region - most), region, zone];
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, place) => value !== b[place]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}
