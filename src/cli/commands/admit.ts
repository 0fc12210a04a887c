import { NO_EVIDENCE } from '../../codec/evidenceOptions.ts';
import { serverId } from '../../core/ids.ts';
import { lookAtAdmit } from '../../operations/admit/apply.ts';
import { planAdmit } from '../../operations/admit/plan.ts';
import type { CommandModule } from '../app.ts';
import { finishPlan } from '../plans/planFlow.ts';

/** `admit SERVER`: a new or re-formatted store joins at the highest generation of the cluster. */
export const run: CommandModule['run'] = async (app, [server = ''], options) => {
  const connection = await app.connect();
  const plan = planAdmit(await lookAtAdmit(connection.cluster, serverId(server)));
  return finishPlan(app, connection, { plan, evidence: NO_EVIDENCE }, options);
};
