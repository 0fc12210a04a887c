import type { Observation, ObservedServer } from './evidence.ts';
import { compareGenerations, type Generation, greatestGeneration } from './generation.ts';
import type { ServerId, StoreId } from './ids.ts';

/** Under which generation a cluster stands, as far as those tell who answer. */
export interface Standing {
  /** The greatest of the registers, the newest snapshots and the servers; absent when nobody tells one. */
  readonly generation?: Generation;
  /** Who told that one. */
  readonly toldBy: readonly string[];
  /** The greatest of the registers alone. Smaller than `generation`: a recovery raised its fence and did not finish. */
  readonly registered?: Generation;
}

export function standingOf(observation: Observation): Standing {
  const told: { by: string; generation: Generation }[] = observation.chains.map(({ name, chain }) => ({
    by: name,
    generation: chain.generation,
  }));
  for (const { serverId, answer } of observation.servers) {
    if (answer.kind === 'answered' && !answer.offline && answer.status.generation)
      told.push({ by: serverId, generation: answer.status.generation });
  }
  const generation = greatestGeneration(told.map((one) => one.generation));
  const registered = greatestGeneration(observation.registers.map(({ chain }) => chain.generation));
  const tellers = told.filter((one) => generation && compareGenerations(one.generation, generation) === 0);
  return {
    ...(generation && { generation }),
    toldBy: [...new Set(tellers.map((one) => one.by))].sort(),
    ...(registered && { registered }),
  };
}

/** Every store that anything names for a server, its present one included. */
export function storesNamed(observation: Observation, serverId: ServerId): Set<StoreId> {
  const stores = new Set<StoreId>();
  const add = (member: { readonly serverId: ServerId; readonly storeId: StoreId }): void => {
    if (member.serverId === serverId) stores.add(member.storeId);
  };
  for (const { chain } of observation.chains) for (const { nodeset } of chain.segments) nodeset.forEach(add);
  for (const server of observation.servers) {
    if (server.answer.kind === 'silent') continue;
    add({ serverId: server.serverId, storeId: server.answer.status.storeId });
    for (const { descriptor } of logletsOf(server)) {
      descriptor.nodeset.forEach(add);
      descriptor.stores.forEach(add);
      for (const { nodeset } of descriptor.lineage) nodeset.forEach(add);
    }
  }
  return stores;
}

/** Every store that any chain or descriptor says was taken out of service for good. */
export function storesRetired(observation: Observation): Set<StoreId> {
  const stores = new Set<StoreId>(observation.chains.flatMap(({ chain }) => chain.retired));
  for (const server of observation.servers)
    for (const { descriptor } of logletsOf(server)) for (const store of descriptor.retired) stores.add(store);
  return stores;
}

function logletsOf({ answer }: ObservedServer) {
  return answer.kind === 'answered' ? answer.loglets : [];
}
