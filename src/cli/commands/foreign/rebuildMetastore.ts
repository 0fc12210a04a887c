import type { NewEtcd, RegistersPlan } from '../../../codec/plans/registers.ts';
import { DrError } from '../../../core/errors.ts';
import type { EtcdRemains } from '../../../operations/foreign/forceNewCluster/look.ts';
import { observeForeign } from '../../../operations/foreign/observe/observe.ts';
import { planRegisters } from '../../../operations/foreign/rebuild/plan.ts';
import type { App, CommandModule } from '../../app.ts';
import { foreignEvidence, foreignExtra, foreignParts, registersConsent, statedIn } from '../../foreign.ts';
import { type Options, usageError } from '../../options.ts';
import { finishPlan } from '../../plans/planFlow.ts';

/** `rebuild-metastore`: all registers of a cluster of another engine, from whatever is left that knows of them. */
export const run: CommandModule['run'] = (app, _, options) =>
  rebuild(app, options, { command: 'rebuild-metastore' });

export async function rebuild(
  app: App,
  options: Options,
  {
    command,
    remains,
    newEtcd,
  }: {
    readonly command: RegistersPlan['command'];
    readonly remains?: EtcdRemains;
    readonly newEtcd?: NewEtcd;
  },
) {
  refuseOthers(options);
  const stated = statedIn(options);
  const connection = await app.connectForeign();
  const evidence = foreignEvidence(app, options);
  const stage = app.reporter.stage('asking every node what it knows');
  const observation = await observeForeign(
    foreignParts(connection),
    foreignExtra(evidence, stated),
    newEtcd && remains,
  );
  const answering = observation.nodes.filter(({ answer }) => answer.kind === 'answered');
  stage.done(`${answering.length} of ${observation.nodes.length} nodes answer`);
  if (answering.length === 0)
    throw new DrError('E_UNREACHABLE', {
      message: `None of the nodes at ${observation.nodes.map(({ address }) => address).join(', ')} answers. Nothing was changed, and nothing can be rebuilt from log-servers that nobody shows.`,
      hint: 'Start nodes, or check the addresses. Nodes that still run hold the registers in their memory: do not restart those.',
    });
  const { plan } = planRegisters({
    ...{ command, observation, stated, consent: registersConsent(options) },
    ...(newEtcd !== undefined && { newEtcd }),
  });
  return finishPlan(app, connection, { plan, evidence }, options);
}

/** Evidence that only clusters of our own have: a flag without effect would be a wrong hope. */
function refuseOthers(options: Options): void {
  for (const [name, flag] of [
    ['fromCaches', '--from-caches'],
    ['fromMetastore', '--from-metastore'],
    ['into', '--into'],
  ] as const)
    if (options.texts(name).length > 0)
      throw usageError(
        `${flag} is not for Restate: its nodes are asked for their caches, and \`metaStore\` in the configuration says what is filled.`,
      );
}
