import { DrError } from '../../../core/errors.ts';
import type {
  MemberLook,
  RegisterStoreAdmin,
  SurvivorPlace,
  SurvivorSet,
} from '../../../ports/MetaStoreAdmin.ts';
import { type FoundSurvivor, readSurvivors } from '../../forceNewCluster/survivors.ts';

export type FoundSet = FoundSurvivor<SurvivorSet>;

/** Everything that is left of an etcd that holds registers of another engine. */
export interface EtcdRemains {
  readonly members: readonly MemberLook[];
  /** Members of one cluster that a linearizable read goes through. Empty: the majority is lost. */
  readonly serving: readonly MemberLook[];
  readonly survivors: readonly FoundSet[];
  readonly chosen: FoundSet | undefined;
}

/** Read-only: originals are copied, and only copies are opened. */
export async function lookAtEtcd(
  admin: RegisterStoreAdmin,
  given: readonly SurvivorPlace[],
): Promise<EtcdRemains> {
  const members = await admin.look();
  const serving = members.filter(({ state }) => state === 'serves');
  mustBeOneCluster(serving);
  const survivors = await readSurvivors(admin, { members, serving, given });
  return { members, serving, survivors, chosen: serving.length > 0 ? undefined : chooseSet(survivors) };
}

/** An old majority that came back: nodes ask now one store, now the other. */
function mustBeOneCluster(serving: readonly MemberLook[]): void {
  const ids = [...new Set(serving.map(({ clusterId }) => clusterId))];
  if (ids.length <= 1) return;
  const who = serving.map(
    ({ name, clientUrl, clusterId }) => `${name} (${clientUrl}) of cluster ${clusterId}`,
  );
  throw new DrError('E_CONTRADICTION', {
    message: `Several etcd clusters answer where the nodes look for one: ${who.join(', ')}. Nothing was changed.`,
    hint: 'One of them has come back. Stop its members, and plan again.',
  });
}

/**
 * The survivor that a new cluster is made from: the one with the newest registers, then with the highest revision. What
 * it lacks comes from the others, from the nodes and from the log-servers; only other users' keys rest on this choice.
 */
export function chooseSet(survivors: readonly FoundSet[]): FoundSet | undefined {
  const usable = survivors.filter(({ contents }) => contents?.sound === true);
  return [...usable].sort(
    (a, b) => newer(b, a) - newer(a, b) || compareRevisions(b, a) || (a.name < b.name ? -1 : 1),
  )[0];
}

function newer(one: FoundSet, other: FoundSet): number {
  const others = other.contents?.registers;
  return [...(one.contents?.registers ?? [])].filter(
    ([key, { version }]) => version > (others?.get(key)?.version ?? 0),
  ).length;
}

function compareRevisions(a: FoundSet, b: FoundSet): number {
  const difference = BigInt(a.contents?.revision ?? '0') - BigInt(b.contents?.revision ?? '0');
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}
