import type { Chain } from '../chain.ts';
import type { Observation, ObservedServer } from '../evidence.ts';
import { compareGenerations, type Generation, greatestGeneration } from '../generation.ts';
import type { LogId, ServerId, StoreId } from '../ids.ts';
import { liveMembers } from '../reconstruct/candidates.ts';
import { newestSnapshot } from '../reconstruct/end.ts';
import { logsIn, NO_CONSENT, type Reconstruction, reconstructLog } from '../reconstruct/reconstruct.ts';
import { type LastLoglet, lastLoglet } from './lastLoglet.ts';

/** One look at a cluster, as it came in. */
export interface Look {
  readonly observation: Observation;
  readonly metaStore: MetaStoreLook;
  /** Registers that are there and cannot be read, and why. */
  readonly unreadable: ReadonlyMap<LogId, string>;
  /** As the user wrote it; absent when none is configured. */
  readonly repositoryUrl?: string;
}

export interface MetaStoreLook {
  readonly kind: string;
  readonly health: 'ok' | 'degraded' | 'lost';
  readonly members: readonly {
    readonly id: string;
    readonly endpoint: string;
    readonly state: 'ok' | 'unreachable';
    readonly detail?: string;
  }[];
  /** Why it did not answer, when it did not. */
  readonly problem?: string;
}

export type ServerState = 'ok' | 'unreachable' | 'stale' | 'foreign' | 'unadmitted' | 'retired';

export interface ServerSituation {
  readonly server: ObservedServer;
  readonly state: ServerState;
}

export interface LogSituation {
  readonly logId: LogId;
  readonly register?: Chain;
  /** The register's chain and what servers and backups add to it; without a register, what these give alone. */
  readonly rebuilt: Reconstruction;
  /** What would be found if the MetaStore were lost now. */
  readonly withoutMetaStore: Reconstruction;
  readonly last?: LastLoglet;
  readonly snapshot?: Chain;
}

/** What all checks look at. */
export interface Situation extends Look {
  /** The greatest that a register or a server stands under. */
  readonly generation?: Generation;
  readonly servers: ReadonlyMap<ServerId, ServerSituation>;
  readonly logs: readonly LogSituation[];
}

export function situationOf(look: Look): Situation {
  const { observation } = look;
  const generation = greatestGeneration(generationsHeld(observation));
  const logs = logsIn(observation).map((logId) => logSituation(observation, logId));
  const retired = new Set(logs.flatMap((log) => log.rebuilt.retired));
  const servers = new Map(
    observation.servers.map((server) => [
      server.serverId,
      { server, state: stateOf(server, { generation, isRetired: isRetired(server, logs, retired) }) },
    ]),
  );
  return { ...look, ...(generation && { generation }), servers, logs };
}

function* generationsHeld(observation: Observation): Iterable<Generation> {
  for (const { chain } of observation.registers) yield chain.generation;
  for (const { answer } of observation.servers) {
    if (answer.kind === 'answered' && answer.status.generation) yield answer.status.generation;
  }
}

function logSituation(observation: Observation, logId: LogId): LogSituation {
  const register = observation.registers.find((one) => one.logId === logId)?.chain;
  const rebuilt = reconstructLog(
    register === undefined ? observation : unfenced(observation),
    logId,
    NO_CONSENT,
  );
  const blind = { ...observation, chains: observation.chains.filter(({ source }) => source !== 'register') };
  const tip = rebuilt.end?.tip;
  const byId = new Map(observation.servers.map((server) => [server.serverId, server]));
  const last = tip && lastLoglet(tip, byId);
  const snapshot = newestSnapshot(observation.chains.filter(({ chain }) => chain.logId === logId));
  return {
    logId,
    ...(register && { register }),
    rebuilt,
    withoutMetaStore: register === undefined ? rebuilt : reconstructLog(blind, logId, NO_CONSENT),
    ...(last && { last }),
    ...(snapshot && { snapshot }),
  };
}

/** A living register decides where the chain ends; a repository that lags behind it would cut it short. */
function unfenced(observation: Observation): Observation {
  const { repository, ...rest } = observation;
  return repository === undefined ? rest : { ...rest, repository: { ...repository, canFence: false } };
}

function stateOf(
  { answer }: ObservedServer,
  cluster: { readonly generation: Generation | undefined; readonly isRetired: boolean },
): ServerState {
  switch (answer.kind) {
    case 'foreign':
    case 'unadmitted':
      return answer.kind;
    case 'silent':
      return cluster.isRetired ? 'retired' : 'unreachable';
    case 'answered': {
      if (answer.status.retired) return 'retired';
      // A copy of a stopped server's directory is evidence; the server itself does not answer.
      if (answer.offline) return 'unreachable';
      const { generation: held } = answer.status;
      const isBehind = held && cluster.generation && compareGenerations(held, cluster.generation) < 0;
      return isBehind ? 'stale' : 'ok';
    }
  }
}

/** A server all of whose stores were taken out of service is not missed. */
function isRetired(
  { serverId }: ObservedServer,
  logs: readonly LogSituation[],
  retired: ReadonlySet<StoreId>,
): boolean {
  const stores = logs.flatMap(({ rebuilt }) =>
    rebuilt.branching.path.flatMap((facts) => [
      ...facts.nodeset.filter((member) => member.serverId === serverId),
      ...(facts.descriptor?.stores ?? []).filter((seen) => seen.serverId === serverId),
    ]),
  );
  return stores.length > 0 && stores.every((store) => retired.has(store.storeId));
}

/** Where a segment is, for checks that need its copies. */
export function factsOf(log: LogSituation, logletId: string) {
  return log.rebuilt.branching.path.find((facts) => facts.logletId === logletId);
}

/** Servers whose very store is in the nodeset, holds the loglet and answers now. */
export function respondersOf(log: LogSituation, logletId: string): ServerId[] {
  const facts = factsOf(log, logletId);
  return facts === undefined ? [] : liveMembers(facts).map((copy) => copy.serverId);
}

/** `s1, s2 and s3`. */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
