import { canHostSuccessor, type Durability, type NodesetMember, zoneOf } from '../durability.ts';
import type { ServerId } from '../ids.ts';
import { lossesUntilUnsealable, type QuorumSystem, quorumSystem } from '../quorum.ts';
import type { PlacedLoglet, PlacedServer } from './loglet.ts';
import { domainOf, domainsOf, type Level, type Loss, type Placed } from './losses.ts';
import { quorumAfter } from './members.ts';

/** So many regions, zones and servers, all of them lost at once. */
export interface Tolerance {
  readonly region: number;
  readonly zone: number;
  readonly server: number;
}

/**
 * Whole domains that are lost, as many as are tolerated: losing fewer is never worse. Which servers of those `left`
 * are lost besides is for who asks to choose.
 */
export function* toleratedDomains<T extends Placed>(
  all: readonly T[],
  { region, zone }: Pick<Tolerance, 'region' | 'zone'>,
): Generator<{ readonly losses: readonly Loss[]; readonly left: readonly T[] }> {
  for (const regions of choices([...domainsOf('region', all).keys()], region)) {
    const outside = all.filter((one) => !isIn('region', regions, one));
    for (const zones of choices([...domainsOf('zone', outside).keys()], zone)) {
      const losses: readonly Loss[] = [
        { level: 'region', names: regions },
        { level: 'zone', names: zones },
      ];
      yield { losses, left: outside.filter((one) => !isIn('zone', zones, one)) };
    }
  }
}

function isIn(level: Level, names: readonly string[], one: Placed): boolean {
  const name = domainOf(level, one);
  return name !== undefined && names.includes(name);
}

/** Every way to take `count` of them; all of them where there are no more. */
function* choices(names: readonly string[], count: number): Generator<readonly string[]> {
  if (names.length <= count || count === 0) {
    yield names.slice(0, count);
    return;
  }
  for (const [place, name] of names.entries()) {
    if (names.length - place < count) return;
    for (const others of choices(names.slice(place + 1), count - 1)) yield [name, ...others];
  }
}

/** A tolerated loss that leaves the loglet unsealable, with acknowledged entries on lost servers alone perhaps. */
export function toleratedDataLoss(
  { nodeset, durability }: { readonly nodeset: readonly NodesetMember[]; readonly durability: Durability },
  tolerance: Tolerance,
): readonly Loss[] | undefined {
  const system = quorumSystem(durability, nodeset);
  const placed = nodeset.map(({ serverId, location }) => ({ id: serverId, location }));
  for (const { losses, left } of toleratedDomains(placed, tolerance)) {
    const responders = new Set(left.map(({ id }) => id));
    const more = lossesUntilUnsealable(system, responders);
    if (more !== undefined && more <= tolerance.server)
      return [...losses, { level: 'server', names: worstServers(system, responders, more) }];
  }
  return undefined;
}

/** `count` servers whose loss is fatal: one of them always brings it nearer by one. */
function worstServers(system: QuorumSystem, responders: ReadonlySet<ServerId>, count: number): ServerId[] {
  const left = new Set(responders);
  const names: ServerId[] = [];
  for (let need = count; need > 0; need -= 1) {
    const next = [...left].find((id) => lossesUntilUnsealable(system, without(left, id)) === need - 1);
    if (next === undefined) throw new Error(`no server brings ${count} losses nearer`);
    left.delete(next);
    names.push(next);
  }
  return names;
}

function without(all: ReadonlySet<ServerId>, one: ServerId): Set<ServerId> {
  return new Set([...all].filter((id) => id !== one));
}

/** A tolerated loss after which no successor has room, so that appends end with the next failure at the latest. */
export function toleratedHostLoss(
  { nextRules, universe }: Pick<PlacedLoglet, 'nextRules' | 'universe'>,
  tolerance: Tolerance,
): readonly Loss[] | undefined {
  const named = new Set(
    nextRules.flatMap(({ durability: d }) => (d.kind === 'any-of' ? d.quorums.flat() : [])),
  );
  for (const { losses, left } of toleratedDomains(universe, tolerance)) {
    // A server costs a zone where it stands alone, and a policy where it is named.
    const bySize = smallestZonesFirst(left);
    for (const order of [
      bySize,
      [...bySize].sort((a, b) => Number(named.has(b.id)) - Number(named.has(a.id))),
    ]) {
      const names = order.slice(0, tolerance.server).map(({ id }) => id);
      const survivors = left.filter(({ id }) => !names.includes(id));
      const servers = survivors.map(({ id, location }) => ({ serverId: id, location }));
      if (!canHostSuccessor(nextRules, servers)) return [...losses, { level: 'server', names }];
    }
  }
  return undefined;
}

function smallestZonesFirst(servers: readonly PlacedServer[]): PlacedServer[] {
  const zones = domainsOf('zone', servers);
  const sizeOf = ({ location }: PlacedServer) => zones.get(zoneOf(location))?.length ?? 0;
  return [...servers].sort(
    (a, b) => sizeOf(a) - sizeOf(b) || (zoneOf(a.location) < zoneOf(b.location) ? -1 : 1),
  );
}

/** A tolerated loss after which no majority of the MetaStore's members is surely left. */
export function toleratedQuorumLoss(
  members: readonly Placed[],
  tolerance: Tolerance,
): readonly Loss[] | undefined {
  for (const { losses, left } of toleratedDomains(members, tolerance)) {
    // One whose place nobody knows may be lost with the domains already.
    const placedFirst = [...left].sort((a, b) => Number(!a.location) - Number(!b.location));
    const names = placedFirst.slice(0, tolerance.server).map(({ id }) => id);
    const all: readonly Loss[] = [...losses, { level: 'server', names }];
    if (quorumAfter(members, all) !== 'kept') return all;
  }
  return undefined;
}
