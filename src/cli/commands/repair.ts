import { NO_EVIDENCE } from '../../codec/evidenceOptions.ts';
import { DrError } from '../../core/errors.ts';
import type { Look } from '../../core/findings/situation.ts';
import { lookAt } from '../../operations/assess/look.ts';
import { planRepair } from '../../operations/repair/plan.ts';
import type { CommandModule } from '../app.ts';
import { finishPlan } from '../plans/planFlow.ts';

/** `repair`: makes the copies of ended segments whole again, from the copies that are. */
export const run: CommandModule['run'] = async (app, _, options) => {
  const connection = await app.connect();
  const { clusterId: id, name } = connection.cluster;
  const look = await lookAt(connection.cluster);
  mustAnswer(look);
  const plan = planRepair({ cluster: { id, name }, look });
  return finishPlan(app, connection, { plan, evidence: NO_EVIDENCE }, options);
};

function mustAnswer({ observation, metaStore }: Look): void {
  if (!observation.registerReadable)
    throw new DrError('E_METASTORE_UNAVAILABLE', {
      message: `The MetaStore does not answer (${metaStore.problem ?? 'no detail'}): which segments have ended is not certain without it. Nothing was changed.`,
    });
  if (observation.servers.some(({ answer }) => answer.kind === 'answered')) return;
  throw new DrError('E_UNREACHABLE', {
    message: 'No LogServer of the cluster answers. Nothing was changed.',
    hint: 'Start the servers; `vlog-dr assess` names them.',
  });
}
