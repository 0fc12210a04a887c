import { type Durability, type Location, zoneOf } from '../durability.ts';
import { serverId, storeId } from '../ids.ts';
import { containsCommitQuorum, quorumSystem } from '../quorum.ts';
import { domainsOf, type Loss } from './losses.ts';
import { type Tolerance, toleratedDomains } from './tolerance.ts';

/** What a configuration lets a nodeset be. */
export interface NodesetPolicy {
  readonly durability: Durability;
  readonly nodesetSize: number;
  readonly minNodesetSize: number;
  readonly minZones: number;
}

interface Server {
  readonly id: string;
  readonly location: Location;
}

/** A nodeset that the policy admits, and a tolerated loss that would make it unsealable. */
export interface IntolerableNodeset {
  readonly nodeset: readonly string[];
  readonly losses: readonly Loss[];
}

/**
 * The policy at its worst: of all nodesets that it admits, one that a tolerated loss makes unsealable. For every set of
 * lost servers the worst nodeset takes as many of them as it has room for, and only as many others as it must.
 */
export function intolerableNodeset(
  policy: NodesetPolicy,
  servers: readonly Server[],
  tolerance: Tolerance,
): IntolerableNodeset | undefined {
  if (policy.durability.kind === 'any-of')
    return intolerableQuorum(policy.durability.quorums, servers, tolerance);
  for (const { losses, left } of toleratedDomains(servers, tolerance)) {
    const more = fromLargeZones(left, tolerance.server);
    const lostAlone = new Set(more);
    const survivors = left.filter((one) => !lostAlone.has(one));
    const surviving = new Set(survivors);
    const lost = servers.filter((one) => !surviving.has(one));
    const nodeset = worstNodeset(policy, lost, survivors);
    if (nodeset !== undefined) {
      const single: Loss = { level: 'server', names: more.map(({ id }) => id) };
      return { nodeset, losses: [...losses, single] };
    }
  }
  return undefined;
}

/** The nodeset that it has does not matter: a quorum that is lost whole is enough. */
function intolerableQuorum(
  quorums: readonly (readonly string[])[],
  servers: readonly Server[],
  tolerance: Tolerance,
): IntolerableNodeset | undefined {
  for (const quorum of quorums) {
    const members = servers.filter(({ id }) => quorum.includes(id));
    for (const { losses, left } of toleratedDomains(members, tolerance)) {
      if (left.length > tolerance.server) continue;
      return { nodeset: quorum, losses: [...losses, { level: 'server', names: left.map(({ id }) => id) }] };
    }
  }
  return undefined;
}

function worstNodeset(
  policy: NodesetPolicy,
  lost: readonly Server[],
  survivors: readonly Server[],
): string[] | undefined {
  const room = roomOf(policy);
  for (let others = 0; others < room; others += 1) {
    const { taken, besides } = widest(lost, room - others, survivors, others);
    const all = [...taken, ...besides];
    const isAdmitted = all.length >= policy.minNodesetSize && domainsOf('zone', all).size >= policy.minZones;
    if (isAdmitted && holdsQuorum(policy.durability, taken, all)) return all.map(({ id }) => id);
  }
  return undefined;
}

/** As `chooseNodeset`: never less than the policy needs. */
function roomOf({ durability, nodesetSize, minNodesetSize, minZones }: NodesetPolicy): number {
  const copies = durability.kind === 'count' || durability.kind === 'spread' ? durability.copies : 1;
  return Math.max(nodesetSize, copies, minNodesetSize, minZones);
}

/** So many of the lost and so many others, over as many zones as these can span. */
function widest(lost: readonly Server[], most: number, survivors: readonly Server[], others: number) {
  const kept = new Set(survivors.map(({ location }) => zoneOf(location)));
  const isKept = ({ location }: Server) => kept.has(zoneOf(location));
  const taken = zoneByZone([...lost.filter((one) => !isKept(one)), ...lost.filter(isKept)]).slice(0, most);
  const spanned = new Set(taken.map(({ location }) => zoneOf(location)));
  const isFresh = ({ location }: Server) => !spanned.has(zoneOf(location));
  const besides = [...zoneByZone(survivors.filter(isFresh)), ...survivors.filter((one) => !isFresh(one))];
  return { taken, besides: besides.slice(0, others) };
}

/** One of each zone first, in the order in which zones come. */
function zoneByZone(servers: readonly Server[]): Server[] {
  const lanes = [...domainsOf('zone', servers).values()];
  const longest = Math.max(0, ...lanes.map((lane) => lane.length));
  return Array.from({ length: longest }, (_, row) => lanes.flatMap((lane) => lane[row] ?? [])).flat();
}

function fromLargeZones(servers: readonly Server[], count: number): readonly Server[] {
  const zones = [...domainsOf('zone', servers).values()].sort((a, b) => b.length - a.length);
  return zoneByZone(zones.flat()).slice(0, count);
}

function holdsQuorum(durability: Durability, taken: readonly Server[], all: readonly Server[]): boolean {
  const nodeset = all.map(({ id, location }) => ({ serverId: serverId(id), storeId: storeId(id), location }));
  const system = quorumSystem(durability, nodeset);
  return containsCommitQuorum(system, new Set(taken.map(({ id }) => serverId(id))));
}
