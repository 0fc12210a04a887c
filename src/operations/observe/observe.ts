import type { Chain } from '../../core/chain.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Location } from '../../core/durability.ts';
import { type DrError, isPortError } from '../../core/errors.ts';
import type {
  ChainEvidence,
  Observation,
  ObservedServer,
  RejectedEvidence,
  ServerAnswer,
} from '../../core/evidence.ts';
import type { LogId, ServerId } from '../../core/ids.ts';
import type { InventoryItem } from '../../ports/LogServer.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';
import type { Cluster } from '../cluster.ts';
import { mustBeOurs } from '../register.ts';
import { readInventory } from './inventory.ts';
import { type RepositoryView, readRepository } from './repository.ts';

/** Evidence beyond the live servers, as the operator names it. */
export interface ExtraEvidence {
  /** Data directories of stopped servers, opened read-only. */
  readonly dataDirs?: readonly {
    readonly name: string;
    readonly inventory: () => AsyncIterable<InventoryItem>;
  }[];
  /** Chains that clients had cached, already decoded; and files that could not be. */
  readonly caches?: readonly ChainEvidence[];
  readonly rejected?: readonly RejectedEvidence[];
  /** Surviving members or copies of the lost MetaStore. */
  readonly metaStores?: readonly { readonly name: string; readonly metaStore: MetaStore }[];
  /** False: the repository is not asked, as if it were gone too. */
  readonly useRepository?: boolean;
  /** Every server reads its entries for so long, against their checksums; without it none does. */
  readonly checkMs?: number;
}

/**
 * One look at everything, in parallel: a dead server costs its time-out once, beside the others. Read-only.
 * `into` is the MetaStore whose registers the plan will be made against.
 */
export async function observe(
  cluster: Cluster,
  extra: ExtraEvidence = {},
  into: Pick<MetaStore, 'list' | 'get'> = cluster.metaStore,
): Promise<Observation> {
  const useRepository = extra.useRepository ?? true;
  const query = extra.checkMs === undefined ? {} : { checkMs: extra.checkMs };
  const [answers, offline, repository, registers, survivors] = await Promise.all([
    Promise.all(
      [...cluster.logServers].map(
        async ([id, server]) =>
          [id, await readInventory(cluster.clusterId, () => server.inventory(query))] as const,
      ),
    ),
    Promise.all(
      (extra.dataDirs ?? []).map((dir) => readInventory(cluster.clusterId, dir.inventory, { offline: true })),
    ),
    useRepository ? readRepository(cluster) : NO_REPOSITORY,
    readRegisters(into),
    Promise.all((extra.metaStores ?? []).map(readSurvivor)),
  ]);
  mustBeTheCluster(cluster, [...answers.map(([, answer]) => answer), ...offline]);
  const registered = registers.chains.map(
    (chain): ChainEvidence => ({ source: 'register', name: 'the register', chain }),
  );
  const found = [
    ...repository.chains,
    ...(extra.caches ?? []),
    ...survivors.flatMap((one) => one.chains),
    ...registered,
  ];
  const ours = found.filter(({ chain }) => chain.clusterId === cluster.clusterId);
  const foreign = found.filter(({ chain }) => chain.clusterId !== cluster.clusterId);
  return {
    clusterId: cluster.clusterId,
    servers: universe(cluster, new Map(answers), offline),
    chains: ours,
    rejected: [
      ...repository.rejected,
      ...(extra.rejected ?? []),
      ...survivors.flatMap((one) => one.rejected),
      ...foreign.map(({ source, name }) => ({ source, name, problem: 'It belongs to another cluster.' })),
    ],
    ...(repository.evidence && { repository: repository.evidence }),
    registers: registers.chains.map((chain) => ({ logId: chain.logId, chain })),
    registerReadable: registers.readable,
  };
}

/** One foreign server is a finding. Where all that answer are of another cluster, the configuration is wrong. */
function mustBeTheCluster(cluster: Cluster, answers: readonly ServerAnswer[]): void {
  const heard = answers.filter(({ kind }) => kind !== 'silent');
  if (heard.some(({ kind }) => kind !== 'foreign')) return;
  for (const answer of heard) if (answer.kind === 'foreign') mustBeOurs(cluster, answer.status);
}

const NO_REPOSITORY: RepositoryView = { chains: [], rejected: [] };

/** Configured servers, and all that any descriptor names: the universe that every proof rests on. */
function universe(
  cluster: Cluster,
  answers: ReadonlyMap<ServerId, ServerAnswer>,
  offline: readonly ServerAnswer[],
): ObservedServer[] {
  const locations = new Map<ServerId, Location>();
  const all = new Map(answers);
  for (const answer of offline) {
    if (answer.kind !== 'answered') continue;
    const id = answer.status.serverId;
    // A server that answers itself knows more than a copy of its directory.
    if ((all.get(id)?.kind ?? 'silent') === 'silent') all.set(id, answer);
  }
  // Copies of one loglet share their descriptor.
  const seen = new Set<Descriptor>();
  for (const answer of [...all.values()]) {
    if (answer.kind !== 'answered') continue;
    for (const { descriptor } of answer.loglets) {
      if (seen.has(descriptor)) continue;
      seen.add(descriptor);
      for (const member of [...descriptor.nodeset, ...descriptor.lineage.flatMap((entry) => entry.nodeset)])
        locations.set(member.serverId, member.location);
      for (const seen of descriptor.stores)
        if (!locations.has(seen.serverId)) locations.set(seen.serverId, '');
    }
  }
  for (const [id, location] of cluster.locations) locations.set(id, location);
  return [...locations.keys()].sort().map((serverId) => ({
    serverId,
    location: locations.get(serverId) ?? '',
    configured: cluster.logServers.has(serverId),
    answer: all.get(serverId) ?? {
      kind: 'silent',
      detail: 'it is not in the configuration, so it has no address',
    },
  }));
}

async function readRegisters(
  metaStore: Pick<MetaStore, 'list' | 'get'>,
): Promise<{ chains: Chain[]; readable: boolean }> {
  try {
    const logs = await metaStore.list();
    const chains = await Promise.all(logs.map((logId: LogId) => metaStore.get(logId)));
    return { chains: chains.filter((chain) => chain !== undefined), readable: true };
  } catch (error) {
    if (!isPortError(error, 'unavailable', 'outcomeUnknown')) throw error;
    return { chains: [], readable: false };
  }
}

/** A survivor is evidence, not authority: what it holds was read from the register once. */
async function readSurvivor(survivor: { name: string; metaStore: MetaStore }) {
  const { name, metaStore } = survivor;
  try {
    const { chains } = await readRegisters(metaStore);
    return {
      chains: chains.map((chain): ChainEvidence => ({ source: 'metastore', name, chain })),
      rejected: [],
    };
  } catch (error) {
    if (!isPortError(error)) throw error;
    const rejected: RejectedEvidence = {
      source: 'metastore',
      name,
      problem: (error as Error | DrError).message,
    };
    return { chains: [], rejected: [rejected] };
  }
}
