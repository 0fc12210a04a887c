import type { ExitCode } from '../../core/errorCatalogue.ts';
import { DrError } from '../../core/errors.ts';
import type { Observation } from '../../core/evidence.ts';
import { type LogId, logId, recoveryId } from '../../core/ids.ts';
import { type Consent, logsIn } from '../../core/reconstruct/reconstruct.ts';
import { observe } from '../../operations/observe/observe.ts';
import { planRebuild } from '../../operations/rebuild/plan.ts';
import type { App, CommandModule } from '../app.ts';
import { checkOf, evidenceFrom, openEvidence } from '../evidence.ts';
import type { Options } from '../options.ts';
import { finishPlan } from '../plans/planFlow.ts';

/** `rebuild-metastore`: the registers of a cluster, from whatever is left that knows of them (protocol §5). */
export const run: CommandModule['run'] = async (app, _, options): Promise<ExitCode> => {
  const connection = await app.connect();
  const { cluster } = connection;
  const evidence = evidenceFrom(app, options);
  const { extra, into } = await openEvidence(app, connection, evidence);
  const stage = app.reporter.stage('asking every server what it knows');
  const observation = await observe(cluster, { ...extra, ...checkOf(options) }, into);
  stage.done(`${answering(observation)} of ${observation.servers.length} answer`);
  mustKnowSomething(observation);
  mustReadRegisters(app, observation, options);
  const consent = consentFrom(options);
  mustName(observation, [...consent.acceptLoss, ...consent.acceptUnproven]);
  const plan = planRebuild({
    observation,
    clusterName: cluster.name,
    recoveryId: recoveryId(app.random.ulid()),
    consent,
  });
  return finishPlan(app, connection, { plan, evidence }, options);
};

function consentFrom(options: Options): Consent {
  return {
    acceptLoss: new Set(options.texts('acceptLoss').map(logId)),
    acceptUnproven: new Set(options.texts('acceptUnproven').map(logId)),
    oldMetaStoreDestroyed: options.flag('oldMetastoreDestroyed'),
    repositoryDestroyed: options.flag('repositoryDestroyed'),
  };
}

/** A consent that names nothing was meant for something else. */
function mustName(observation: Observation, named: readonly LogId[]): void {
  const known = new Set(logsIn(observation));
  const unknown = named.filter((id) => !known.has(id));
  if (unknown.length === 0) return;
  throw new DrError('E_UNKNOWN_LOG', {
    message: `Nothing is known of log ${unknown.join(', ')}, for which a risk was accepted. Nothing was changed.`,
  });
}

function answering({ servers }: Observation): number {
  return servers.filter(({ answer }) => answer.kind === 'answered' && !answer.offline).length;
}

function mustKnowSomething(observation: Observation): void {
  if (observation.servers.some(({ answer }) => answer.kind === 'answered')) return;
  throw new DrError('E_UNREACHABLE', {
    message: `None of the servers ${observation.servers.map((server) => server.serverId).join(', ')} answers. Nothing was changed, and nothing can be rebuilt from loglets that nobody shows.`,
    hint: 'Start servers, check the addresses, or give `--from-data-dir` for each dead one.',
  });
}

/** A rebuild that cannot be written would seal the log and leave it so: then it is only planned. */
function mustReadRegisters(app: App, observation: Observation, options: Options): void {
  if (observation.registerReadable) return;
  const message = 'The MetaStore that is to be filled does not answer.';
  if (options.flag('apply'))
    throw new DrError('E_METASTORE_UNAVAILABLE', {
      message: `${message} Nothing was changed.`,
      hint: 'Start an empty one on that address, or give another with `--into`.',
    });
  app.reporter.warn(
    `${message} The plan takes its registers for empty, and must be made again before it is applied.`,
  );
}
