import type { ChainEvidence, Observation } from '../../core/evidence.ts';
import { compareGenerations, type Generation, greatestGeneration } from '../../core/generation.ts';
import { recoveryId } from '../../core/ids.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';
import type { MemberLook, MetaStoreAdmin, SurvivorPlace } from '../../ports/MetaStoreAdmin.ts';
import type { Cluster } from '../cluster.ts';
import { type ExtraEvidence, observe } from '../observe/observe.ts';
import { chooseSurvivor } from './choose.ts';
import { type FoundSurvivor, readSurvivors } from './survivors.ts';

/** Everything that is left of the MetaStore, and of what else knows the chains. */
export interface Remains {
  readonly engine: 'etcd' | 'file';
  readonly hands: 'tool' | 'operator';
  readonly members: readonly MemberLook[];
  /** Members of one cluster that a linearizable read goes through. Empty: the majority is lost. */
  readonly serving: readonly MemberLook[];
  readonly survivors: readonly FoundSurvivor[];
  readonly chosen: FoundSurvivor | undefined;
  readonly observation: Observation;
}

export interface LookRequest {
  readonly cluster: Cluster;
  readonly admin: MetaStoreAdmin;
  /** As the operator named them. */
  readonly given: readonly SurvivorPlace[];
  readonly extra: ExtraEvidence;
}

/** Read-only: originals are copied, and only copies are opened. */
export async function lookAtRemains({ cluster, admin, given, extra }: LookRequest): Promise<Remains> {
  const members = await admin.look();
  const serving = await servingCluster(cluster, admin, members);
  const survivors = await readSurvivors(admin, { members, serving, given });
  const chosen = serving.length > 0 || admin.kind === 'file' ? undefined : chooseSurvivor(survivors);
  const into = registersFor(cluster, admin, { serving, chosen });
  try {
    const evidence = { ...extra, caches: [...(extra.caches ?? []), ...chainsOf(survivors)] };
    const observation = await observe(cluster, evidence, into.registers);
    const { kind: engine, hands } = admin;
    return { engine, hands, members, serving, survivors, chosen, observation };
  } finally {
    await into.close();
  }
}

/** Survivors are evidence, not authority: what they hold was the register once. */
export function chainsOf(survivors: readonly FoundSurvivor[]): ChainEvidence[] {
  return survivors.flatMap(({ name, contents }) =>
    (contents?.chains ?? []).map((chain): ChainEvidence => ({ source: 'metastore', name, chain })),
  );
}

/** Several may serve when an old majority has come back: the highest generation is the cluster. */
async function servingCluster(
  { reporter }: Cluster,
  admin: MetaStoreAdmin,
  members: readonly MemberLook[],
): Promise<readonly MemberLook[]> {
  const serving = members.filter(({ state }) => state === 'serves');
  const ids = [...new Set(serving.map(({ clusterId }) => clusterId))];
  if (ids.length <= 1) return serving;
  const groups = await Promise.all(
    ids.map(async (id) => {
      const group = serving.filter(({ clusterId }) => clusterId === id);
      const registers = admin.registers(group);
      try {
        return { group, generation: await greatestIn(registers) };
      } finally {
        await registers.close();
      }
    }),
  );
  groups.sort((a, b) => compareGenerations(b.generation ?? NONE, a.generation ?? NONE));
  const [newest] = groups;
  reporter.warn(`${ids.length} clusters answer at the configured addresses: the old one has come back.`);
  return newest?.group ?? [];
}

const NONE: Generation = { number: 0, recoveryId: recoveryId('00000000000000000000000000') };

async function greatestIn(registers: MetaStore): Promise<Generation | undefined> {
  const chains = await Promise.all((await registers.list()).map((logId) => registers.get(logId)));
  return greatestGeneration(chains.flatMap((chain) => (chain === undefined ? [] : [chain.generation])));
}

type Registers = Pick<MetaStore, 'list' | 'get'>;

/** What the plan will find in the registers that it writes to. */
function registersFor(
  { metaStore }: Cluster,
  admin: MetaStoreAdmin,
  { serving, chosen }: Pick<Remains, 'serving' | 'chosen'>,
): { readonly registers: Registers; close(): Promise<void> } {
  const close = async () => undefined;
  if (admin.kind === 'file') return { registers: metaStore, close };
  if (serving.length > 0) {
    const registers = admin.registers(serving);
    return { registers, close: () => registers.close() };
  }
  const chains = chosen?.contents?.chains ?? [];
  const registers: Registers = {
    list: async () => chains.map(({ logId }) => logId),
    get: async (logId) => chains.find((chain) => chain.logId === logId),
  };
  return { registers, close };
}
