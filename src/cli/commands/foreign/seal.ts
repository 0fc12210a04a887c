import { NO_EVIDENCE } from '../../../codec/evidenceOptions.ts';
import type { EndLogPlan } from '../../../codec/plans/endLog.ts';
import { lookAtEnd } from '../../../operations/foreign/endLog/look.ts';
import { planEndLog } from '../../../operations/foreign/endLog/plan.ts';
import type { App, CommandModule } from '../../app.ts';
import { foreignParts, replicationIn } from '../../foreign.ts';
import { type Options, usageError } from '../../options.ts';
import { finishPlan } from '../../plans/planFlow.ts';

/** `seal LOG`, for a cluster of another engine. */
export const run: CommandModule['run'] = (app, [log = ''], options) =>
  endLog(app, { log, command: 'seal' }, options);

export async function endLog(
  app: App,
  { log, command }: { log: string; command: EndLogPlan['command'] },
  options: Options,
) {
  if (!/^\d{1,9}$/.test(log)) throw usageError(`Logs of Restate are numbers, not ${JSON.stringify(log)}.`);
  refuseOthers(options);
  const replication = replicationIn(options);
  const servers = options.texts('servers').flatMap((text) => text.split(','));
  const connection = await app.connectForeign();
  const situation = await lookAtEnd(foreignParts(connection), Number(log));
  const plan = planEndLog({
    ...{ command, situation, cluster: { name: connection.config.cluster.name } },
    wish: {
      lost: options.texts('lost'),
      acceptLoss: new Set(options.texts('acceptLoss')),
      ...(replication !== undefined && { replication }),
      ...(servers.length > 0 && { servers }),
    },
  });
  return finishPlan(app, connection, { plan, evidence: NO_EVIDENCE }, options);
}

/** A flag without effect would be a wrong hope. */
function refuseOthers(options: Options): void {
  for (const [name, flag, why] of [
    ['loglet', '--loglet', 'the engine seals the last loglet of a log only'],
    ['durability', '--durability', 'give `--replication`'],
    ['nodesetSize', '--nodeset-size', 'give `--servers`'],
    ['exclude', '--exclude', 'give `--servers`'],
  ] as const)
    if (options.texts(name).length > 0) throw usageError(`${flag} is not for Restate: ${why}.`);
  if (options.flag('metastoreDown'))
    throw usageError(
      '--metastore-down is not for Restate: a seal that its chain cannot record takes the log down until the store is rebuilt.',
    );
}
