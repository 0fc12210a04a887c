import type { AdmitPlan } from '../../codec/plans/membership.ts';
import { DrError } from '../../core/errors.ts';
import type { ServerId } from '../../core/ids.ts';
import type { Journal } from '../../runs/journal.ts';
import { askAll, describeReplies } from '../../virtuallog/askAll.ts';
import type { Cluster } from '../cluster.ts';
import { observe } from '../observe/observe.ts';
import { type AdmitPlanInput, planAdmit } from './plan.ts';

/** One look at the cluster, for `planAdmit`. */
export async function lookAtAdmit(cluster: Cluster, server: ServerId): Promise<AdmitPlanInput> {
  if (!cluster.logServers.has(server))
    throw new DrError('E_UNKNOWN_SERVER', {
      message: `${server} is not in the configuration. Nothing was changed.`,
    });
  const observation = await observe(cluster);
  // A repository that does not answer may know a whole cluster: then this one is not taken for a new one.
  const repositoryKnows = cluster.snapshots !== undefined && observation.repository === undefined;
  return { observation, clusterName: cluster.name, server, repositoryKnows };
}

/** Gives the store its first generation. The store's identity is part of the plan: another disk is refused. */
export async function applyAdmit({
  cluster,
  plan,
  journal,
}: {
  readonly cluster: Cluster;
  readonly plan: AdmitPlan;
  readonly journal: Journal;
}): Promise<void> {
  await journal.step('check the plan', async () =>
    mustHold(plan, planAdmit(await lookAtAdmit(cluster, plan.server))),
  );
  await journal.step('admit', () => admit(cluster, plan));
}

function mustHold(plan: AdmitPlan, now: AdmitPlan): void {
  if (now.planId === plan.planId || now.decision === 'nothing to do') return;
  throw new DrError('E_PLAN_OUT_OF_DATE', {
    message: `What the plan to admit ${plan.server} rests on has changed. ${now.problems.join(' ')} Nothing was changed.`,
  });
}

async function admit(cluster: Cluster, { server: id, generation, storeId }: AdmitPlan): Promise<void> {
  if (generation === undefined || storeId === undefined)
    throw new Error(`a plan to admit ${id} names no store`);
  const [reply] = await askAll(cluster.logServers, [id], (server) => server.admit(generation, storeId));
  if (reply?.said === 'yes') return;
  // Somebody else may have admitted it, or a recovery fenced it since.
  if (reply?.said === 'no' && reply.refusal.code === 'alreadyAdmitted') return;
  throw new DrError(reply?.said === 'no' ? 'E_PLAN_OUT_OF_DATE' : 'E_UNREACHABLE', {
    message: `${id} was not admitted: ${describeReplies(reply === undefined ? [] : [reply])}. Nothing was changed.`,
  });
}
