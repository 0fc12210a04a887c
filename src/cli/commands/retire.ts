import { NO_EVIDENCE } from '../../codec/evidenceOptions.ts';
import { logId, serverId } from '../../core/ids.ts';
import { lookAtRetire } from '../../operations/retire/apply.ts';
import { planRetire } from '../../operations/retire/plan.ts';
import type { CommandModule } from '../app.ts';
import { finishPlan } from '../plans/planFlow.ts';

/** `retire SERVER`: takes a server out of service so that later verdicts stay provable. */
export const run: CommandModule['run'] = async (app, [server = ''], options) => {
  const connection = await app.connect();
  const acceptLoss = new Set(options.texts('acceptLoss').map(logId));
  const consent = { acceptLoss, destroyed: options.flag('destroyed') };
  const plan = planRetire(await lookAtRetire(connection.cluster, serverId(server), consent));
  return finishPlan(app, connection, { plan, evidence: NO_EVIDENCE }, options);
};
