import type { RebuildPlan } from '../../codec/plan.ts';
import type { ShadowLog, ShadowResult } from '../../codec/results/shadow.ts';
import type { Chain } from '../../core/chain.ts';
import type { Observation } from '../../core/evidence.ts';
import { type LogId, recoveryId } from '../../core/ids.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';
import type { Cluster } from '../cluster.ts';
import { observe } from '../observe/observe.ts';
import { planRebuild } from '../rebuild/plan.ts';
import { compareLog } from './compare.ts';

/**
 * As if the MetaStore were lost at this moment, with no backup: the chains are rebuilt from the LogServers alone into
 * a MetaStore that is thrown away, and held against the living one. Nothing that lives is written to: no fence, no
 * claim, no seal. So a chain may move while it is looked at; then it is looked at once more.
 */
export async function shadow(cluster: Cluster, throwAway: () => Promise<MetaStore>): Promise<ShadowResult> {
  const first = await look(cluster, await throwAway());
  return first.verdict === 'moved' ? await look(cluster, await throwAway()) : first;
}

async function look(cluster: Cluster, into: MetaStore): Promise<ShadowResult> {
  const { clock } = cluster;
  const begunAt = clock.now();
  const before = await registersOf(cluster.metaStore);
  const observeAt = clock.now();
  const observation = await observe(cluster, { useRepository: false }, into);
  const planAt = clock.now();
  const plan = planWithout(cluster, observation);
  const restoreAt = clock.now();
  const rebuilt = await restore(plan, into);
  const compareAt = clock.now();
  const after = await registersOf(cluster.metaStore);
  const logs = logsOf(before, after, plan).map((logId) =>
    compareLog({
      logId,
      before: before.get(logId),
      after: after.get(logId),
      plan: plan.logs.find((log) => log.logId === logId),
      rebuilt: rebuilt.get(logId),
    }),
  );
  const endedAt = clock.now();
  const verdict = worstOf(logs);
  return {
    ok: verdict === 'same',
    cluster: { id: cluster.clusterId, name: cluster.name },
    verdict,
    fenced: false,
    durationMs: endedAt - begunAt,
    phases: {
      observeMs: planAt - observeAt,
      planMs: restoreAt - planAt,
      restoreMs: compareAt - restoreAt,
      compareMs: endedAt - compareAt,
    },
    servers: {
      answered: plan.servers.filter((one) => one.state !== 'silent').map((one) => one.id),
      silent: plan.servers.filter((one) => one.state === 'silent').map((one) => one.id),
    },
    logs,
  };
}

/** Nothing is accepted and nothing is stated: what a rebuild would be worth without anybody's word. */
function planWithout(cluster: Cluster, observation: Observation): RebuildPlan {
  return planRebuild({
    observation,
    clusterName: cluster.name,
    consent: { acceptLoss: new Set(), acceptUnproven: new Set(), oldMetaStoreDestroyed: false },
    recoveryId: recoveryId(cluster.random.ulid()),
  });
}

async function restore(plan: RebuildPlan, into: MetaStore): Promise<Map<LogId, Chain>> {
  const restored = new Map<LogId, Chain>();
  for (const { logId, chain } of plan.logs) {
    if (chain === undefined) continue;
    await into.compareAndSet(logId, undefined, chain);
    const back = await into.get(logId);
    if (back !== undefined) restored.set(logId, back);
  }
  return restored;
}

async function registersOf(metaStore: MetaStore): Promise<Map<LogId, Chain>> {
  const registers = new Map<LogId, Chain>();
  for (const logId of await metaStore.list()) {
    const chain = await metaStore.get(logId);
    if (chain !== undefined) registers.set(logId, chain);
  }
  return registers;
}

function logsOf(
  before: ReadonlyMap<LogId, Chain>,
  after: ReadonlyMap<LogId, Chain>,
  plan: RebuildPlan,
): LogId[] {
  return [...new Set([...before.keys(), ...after.keys(), ...plan.logs.map((log) => log.logId)])].sort();
}

function worstOf(logs: readonly ShadowLog[]): ShadowResult['verdict'] {
  const order = ['differs', 'not proven', 'moved'] as const;
  return order.find((verdict) => logs.some((log) => log.verdict === verdict)) ?? 'same';
}
