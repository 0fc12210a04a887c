import { NO_EVIDENCE } from '../../codec/evidenceOptions.ts';
import { logId, logletId } from '../../core/ids.ts';
import { lookAtSeal } from '../../operations/seal/look.ts';
import { planSeal } from '../../operations/seal/plan.ts';
import type { CommandModule } from '../app.ts';
import { cachedChain } from '../evidence.ts';
import { logIdOf } from '../options.ts';
import { finishPlan } from '../plans/planFlow.ts';

/** `seal LOG`: ends appends to the last loglet, or to another one, with the servers that survive. */
export const run: CommandModule['run'] = async (app, [log = ''], options) => {
  const connection = await app.connect();
  const { cluster } = connection;
  const named = options.text('loglet');
  const situation = await lookAtSeal(cluster, {
    logId: logIdOf(log),
    ...(named !== undefined && { logletId: logletId(named) }),
    caches: await cachedChain(connection, logIdOf(log)),
  });
  const plan = planSeal({
    cluster: { id: cluster.clusterId, name: cluster.name },
    situation,
    consent: {
      acceptLoss: new Set(options.texts('acceptLoss').map(logId)),
      metaStoreDown: options.flag('metastoreDown'),
    },
  });
  return finishPlan(app, connection, { plan, evidence: NO_EVIDENCE }, options);
};
