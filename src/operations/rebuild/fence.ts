import type { RebuildPlan } from '../../codec/plan.ts';
import { DrError } from '../../core/errors.ts';
import { describeGeneration, type Generation } from '../../core/generation.ts';
import { askAll, describeReplies } from '../../virtuallog/askAll.ts';
import type { Cluster } from '../cluster.ts';

/** Idempotent. Without a repository there is nothing to claim in: the pair still orders two recoveries. */
export async function claimGeneration(cluster: Cluster, generation: Generation): Promise<void> {
  if (cluster.snapshots === undefined) return;
  const claim = await cluster.snapshots.claimGeneration(generation).catch((error: unknown) => {
    cluster.reporter.warn(
      `The repository did not take the claim of generation ${describeGeneration(generation)} (${String(error)}). The servers' fence does not need it.`,
    );
    return { outcome: 'claimed' } as const;
  });
  if (claim.outcome === 'claimed') return;
  throw new DrError('E_PLAN_OUT_OF_DATE', {
    message: `Another recovery (${claim.by}) has claimed generation ${generation.number}. Nothing was changed.`,
  });
}

/**
 * `adopt` on every server that answered the plan. All of them must take it: one that refuses is held by another
 * recovery, and one that went silent may be used by the old control plane behind our back.
 */
export async function raiseFence(cluster: Cluster, plan: RebuildPlan): Promise<void> {
  const wanted = plan.servers.filter((server) => server.state === 'answered').map((server) => server.id);
  const replies = await askAll(cluster.logServers, wanted, (server) => server.adopt(plan.generation));
  const refused = replies.filter((reply) => reply.said === 'no' && reply.refusal.code === 'staleGeneration');
  if (refused.length > 0) {
    throw new DrError('E_STALE_GENERATION', {
      message: `${describeReplies(refused)}: another recovery holds the cluster. Servers that took generation ${describeGeneration(plan.generation)} keep it; no log and no register was changed.`,
    });
  }
  const missing = replies.filter((reply) => reply.said !== 'yes');
  if (missing.length > 0) {
    throw new DrError('E_UNREACHABLE', {
      message: `${describeReplies(missing)}: the plan counts on these servers, and they were not fenced. No log and no register was changed; appends go on.`,
      hint: 'Plan again without them, or bring them back and resume.',
    });
  }
}
