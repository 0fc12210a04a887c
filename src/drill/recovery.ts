import type { App } from '../cli/app.ts';
import type { Connection } from '../cli/connection.ts';
import { toJson } from '../codec/common.ts';
import { type LogPlan, planSchema, type RebuildPlan } from '../codec/plan.ts';
import { recoveryId } from '../core/ids.ts';
import { observe } from '../operations/observe/observe.ts';
import { applyRebuild } from '../operations/rebuild/apply.ts';
import { planRebuild } from '../operations/rebuild/plan.ts';

/** What `rebuild-metastore --from-loglets` plans, with nothing accepted and nothing stated. */
export async function planFromLoglets(
  app: App,
  { cluster }: Connection,
  useRepository: boolean,
): Promise<RebuildPlan> {
  const observation = await observe(cluster, { useRepository });
  const plan = planRebuild({
    observation,
    clusterName: cluster.name,
    consent: { acceptLoss: new Set(), acceptUnproven: new Set(), oldMetaStoreDestroyed: false },
    recoveryId: recoveryId(app.random.ulid()),
  });
  // Through its file form: a plan is what an operator could have kept and applied elsewhere.
  return planSchema.parse(JSON.parse(toJson(plan)));
}

/** Applies it in a journaled run, as `--apply` does. */
export async function applyInRun(
  app: App,
  { cluster, config }: Connection,
  plan: RebuildPlan,
  useRepository: boolean,
): Promise<string> {
  const { id, name } = config.cluster;
  const run = await app.runs(config).open({ command: plan.kind, cluster: { id, name } }, toJson(plan));
  let outcome: 'done' | 'failed' = 'failed';
  try {
    const extra = { useRepository };
    await applyRebuild({ cluster, into: cluster.metaStore, plan, extra, journal: run.journal });
    outcome = 'done';
    return run.runId;
  } finally {
    await run.finish(outcome);
  }
}

/** The weakest of the verdicts: a drill is only as good as its worst log. */
export function worstVerdict(plan: RebuildPlan): LogPlan['verdict'] {
  const order = ['contradiction', 'unproven', 'proven'] as const;
  return order.find((verdict) => plan.logs.some((log) => log.verdict === verdict)) ?? 'unproven';
}
