import type { RebuildPlan } from '../../src/codec/plan.ts';
import { recoveryId } from '../../src/core/ids.ts';
import { type Consent, NO_CONSENT } from '../../src/core/reconstruct/reconstruct.ts';
import { MemoryMetaStore } from '../../src/drivers/memory/metaStore.ts';
import type { Cluster } from '../../src/operations/cluster.ts';
import { type ExtraEvidence, observe } from '../../src/operations/observe/observe.ts';
import { applyRebuild } from '../../src/operations/rebuild/apply.ts';
import { planRebuild } from '../../src/operations/rebuild/plan.ts';
import type { MetaStore } from '../../src/ports/MetaStore.ts';
import { memoryJournal } from '../../src/runs/journal.ts';
import { Snapshots } from '../../src/snapshots/Snapshots.ts';
import { CLUSTER_ID, type TestCluster } from './cluster.ts';

/** The test cluster as operations see it. */
export function operationsOn(cluster: TestCluster, difference: Partial<Cluster> = {}): Cluster {
  const { clock, random, repository } = cluster;
  const withSnapshots = cluster.policy.snapshots.mode !== 'off';
  return {
    clusterId: CLUSTER_ID,
    name: 'test',
    logServers: cluster.servers,
    locations: new Map(
      [...cluster.servers.values()].map((server, place) => [server.serverId, `r1/z${(place % 3) + 1}`]),
    ),
    metaStore: cluster.metaStore,
    ...(withSnapshots && {
      snapshots: new Snapshots({ repository, clusterId: CLUSTER_ID, clock, random, writtenBy: 'a test' }),
    }),
    policy: cluster.policy,
    clock,
    random,
    reporter: cluster.reporter,
    ...difference,
  };
}

export interface RebuildWish {
  readonly consent?: Partial<Consent>;
  readonly extra?: ExtraEvidence;
  readonly into?: MetaStore;
}

export async function planned(cluster: Cluster, wish: RebuildWish = {}): Promise<RebuildPlan> {
  const observation = await observe(cluster, wish.extra ?? {}, wish.into ?? new MemoryMetaStore());
  return planRebuild({
    observation,
    clusterName: cluster.name,
    consent: { ...NO_CONSENT, ...wish.consent },
    recoveryId: recoveryId(cluster.random.ulid()),
  });
}

export async function applied(cluster: Cluster, plan: RebuildPlan, wish: RebuildWish & { into: MetaStore }) {
  const { journal } = memoryJournal({ runId: cluster.random.ulid(), clock: cluster.clock });
  return applyRebuild({ cluster, plan, into: wish.into, extra: wish.extra ?? {}, journal });
}
