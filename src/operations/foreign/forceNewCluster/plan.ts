import type { NewEtcd, SetSurvivor } from '../../../codec/plans/registers.ts';
import { describeMember, placesOf } from '../../forceNewCluster/places.ts';
import type { EtcdRemains, FoundSet } from './look.ts';

/** How an etcd with a majority is made of what is left of one. `undefined`: it has one, and all its members. */
export function newEtcdOf(
  remains: EtcdRemains,
  { growTo, token }: { readonly growTo: number; readonly token: string },
): NewEtcd | undefined {
  const { members, serving, survivors, chosen } = remains;
  const start = serving.length > 0 ? 'running' : chosen === undefined ? 'empty' : 'survivor';
  const places = placesOf({ engine: 'etcd', members, serving, chosen, growTo }, start);
  if (start === 'running' && places.additions.length === 0) return undefined;
  return {
    ...{ start, token, growTo },
    members: members.map((member) => describeMember(member, serving)),
    survivors: survivors.map((one) => describeSet(one, one === chosen)),
    ...places,
  };
}

function describeSet({ origin, name, contents, problem }: FoundSet, chosen: boolean): SetSurvivor {
  const said = problem === undefined ? [] : [problem.endsWith('.') ? problem : `${problem}.`];
  return {
    ...{ origin, name, chosen, isReadable: contents !== undefined },
    ...(contents?.revision !== undefined && { revision: contents.revision }),
    otherKeys: contents?.otherKeys ?? 0,
    registers: Object.fromEntries(
      [...(contents?.registers ?? [])].map(([key, { version }]) => [key, version]),
    ),
    problems: [...said, ...(contents?.problems ?? [])],
  };
}
