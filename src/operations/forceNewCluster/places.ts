import {
  type ForceNewClusterPlan,
  memberPlaceSchema,
  type PlannedMember,
} from '../../codec/plans/forceNewCluster.ts';
import { chooseMembers } from '../../core/placement/members.ts';
import type { MemberLook, MemberPlace, SurvivorPlace } from '../../ports/MetaStoreAdmin.ts';
import type { PlacedMember } from '../place/members.ts';

/** Who is there, what the new cluster is made from, and how many members there shall be. */
export interface Standing {
  readonly engine: ForceNewClusterPlan['engine'];
  readonly members: readonly MemberLook[];
  readonly serving: readonly MemberLook[];
  readonly chosen: SurvivorPlace | undefined;
  readonly growTo: number;
}

export type Places = Pick<ForceNewClusterPlan, 'serving' | 'additions'> &
  Partial<Pick<ForceNewClusterPlan, 'first' | 'servingClusterId'>>;

/** The chosen survivor's own place is where the new cluster begins; the others follow in the configuration's order. */
export function placesOf(
  { members, serving, chosen, engine, growTo }: Standing,
  start: ForceNewClusterPlan['start'],
): Places {
  if (engine === 'file') return { serving: [], additions: [] };
  const places = members.map(placeOf);
  if (start === 'running') {
    const peers = new Set(serving.flatMap((one) => one.peers));
    const strangers = places.filter(({ peerUrl }) => !peers.has(peerUrl));
    const clusterId = serving[0]?.clusterId;
    const members = places.filter(({ peerUrl }) => peers.has(peerUrl));
    return {
      serving: serving.map(placeOf),
      ...(clusterId !== undefined && { servingClusterId: clusterId }),
      additions: additionsTo(members, strangers, Math.max(0, growTo - peers.size)),
    };
  }
  const own = chosen?.origin === 'member' ? places.find(({ name }) => name === chosen.name) : undefined;
  const byData = places.find(({ dataDir }) => dataDir !== undefined && dataDir === chosen?.name);
  const first = own ?? byData ?? places[0];
  if (first === undefined) throw new Error('an etcd without a member');
  const others = places.filter((one) => one !== first);
  return { first, serving: [], additions: additionsTo([first], others, growTo - 1) };
}

/** Spread over regions and zones; where these say nothing, in the order of the configuration. */
function additionsTo(
  members: readonly MemberPlace[],
  candidates: readonly MemberPlace[],
  count: number,
): MemberPlace[] {
  const placed = new Map([...members, ...candidates].map((place) => [place.name, place]));
  const byName = (places: readonly MemberPlace[]) => places.map(placedMember);
  const chosen = chooseMembers(byName(candidates), members.length + count, byName(members));
  return chosen.slice(members.length).flatMap(({ id }) => placed.get(id) ?? []);
}

export function placedMember({ name: id, location }: MemberPlace): PlacedMember {
  return { id, exists: true, ...(location !== undefined && { location }) };
}

function placeOf({ name, clientUrl, peerUrl, dataDir, location, tls }: MemberLook): MemberPlace {
  return memberPlaceSchema.parse({
    name,
    clientUrl,
    peerUrl,
    ...(dataDir !== undefined && { dataDir }),
    ...(location !== undefined && { location }),
    ...(tls !== undefined && { tls }),
  });
}

export function describeMember(member: MemberLook, serving: readonly MemberLook[]): PlannedMember {
  const { state, clusterId, memberId, revision, detail, ended } = member;
  const current = serving[0]?.clusterId;
  return {
    ...placeOf(member),
    state,
    old: current !== undefined && clusterId !== undefined && clusterId !== current,
    ...(clusterId !== undefined && { clusterId }),
    ...(memberId !== undefined && { memberId }),
    ...(revision !== undefined && { revision }),
    ...(ended !== undefined && { ended }),
    ...(detail !== undefined && { detail }),
  };
}
