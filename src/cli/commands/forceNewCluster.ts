import type { ExitCode } from '../../core/errorCatalogue.ts';
import { DrError } from '../../core/errors.ts';
import { logId, recoveryId } from '../../core/ids.ts';
import { lookAtRemains, type Remains } from '../../operations/forceNewCluster/look.ts';
import { planForceNewCluster } from '../../operations/forceNewCluster/plan.ts';
import type { MetaStoreAdmin, SurvivorPlace } from '../../ports/MetaStoreAdmin.ts';
import type { App, CommandModule } from '../app.ts';
import { checkOf, evidenceFrom, openEvidence } from '../evidence.ts';
import { type Options, usageError } from '../options.ts';
import { finishPlan } from '../plans/planFlow.ts';

/** `force-new-cluster`: a MetaStore again after its majority was lost, from a survivor and the loglets. */
export const run: CommandModule['run'] = async (app, _, options): Promise<ExitCode> => {
  const connection = await app.connect();
  const { cluster, config } = connection;
  const evidence = evidenceFrom(app, options);
  const [{ extra }, admin] = await Promise.all([
    openEvidence(app, connection, evidence),
    app.openMetaStoreAdmin(config),
  ]);
  const growTo = wantedMembers(options, admin);
  const stage = app.reporter.stage('looking at copies of what is left');
  const given = survivorsIn(app, options);
  const remains = await lookAtRemains({ cluster, admin, given, extra: { ...extra, ...checkOf(options) } });
  stage.done(foundText(remains));
  mustKnowSomething(remains);
  const plan = planForceNewCluster({
    cluster: { id: cluster.clusterId, name: cluster.name },
    remains,
    growTo,
    ...(config.tolerate && { tolerance: config.tolerate }),
    recoveryId: recoveryId(app.random.ulid()),
    consent: {
      acceptLoss: new Set(options.texts('acceptLoss').map(logId)),
      acceptUnproven: new Set(options.texts('acceptUnproven').map(logId)),
      oldMetaStoreDestroyed: options.flag('oldMetastoreDestroyed'),
      repositoryDestroyed: options.flag('repositoryDestroyed'),
    },
  });
  return finishPlan(app, connection, { plan, evidence }, options);
};

export function survivorsIn(app: App, options: Options): SurvivorPlace[] {
  const named = (origin: SurvivorPlace['origin'], option: string) =>
    options.texts(option).map((path): SurvivorPlace => ({ origin, name: app.absolute(path) }));
  return [...named('data directory', 'dataDir'), ...named('snapshot', 'snapshot')];
}

/** An even number survives no more losses than the odd one below it. */
const SIZES = ['1', '3', '5', '7'] as const;

export function wantedMembers(
  options: Options,
  { kind, members }: Pick<MetaStoreAdmin, 'kind' | 'members'>,
): number {
  const wanted = options.oneOf('growTo', SIZES);
  if (wanted === undefined) return members.length;
  if (kind === 'file') throw usageError('--grow-to is for an etcd; a file MetaStore has no members.');
  const growTo = Number(wanted);
  if (growTo <= members.length) return growTo;
  throw usageError(
    `--grow-to ${growTo} needs ${growTo} members in \`metaStore.members\`, and ${members.length} are configured.`,
  );
}

function foundText({ members, survivors, serving }: Remains): string {
  if (serving.length > 0) return `${serving.length} of ${members.length} members serve`;
  const answering = members.filter(({ state }) => state !== 'silent').length;
  const readable = survivors.filter(({ contents }) => contents !== undefined).length;
  return `${answering} of ${members.length} members answer, none serves; ${readable} survivors can be read`;
}

function mustKnowSomething({ observation, engine, survivors }: Remains): void {
  if (engine === 'file' && !observation.registerReadable)
    throw new DrError('E_METASTORE_UNAVAILABLE', {
      message: 'The MetaStore that is to be filled does not answer. Nothing was changed.',
      hint: 'Start an empty one on its address (`vlog-dr serve metastore --dir NEW_DIRECTORY`), and name what survived of the old one with `--data-dir`.',
    });
  if (observation.servers.some(({ answer }) => answer.kind === 'answered')) return;
  throw new DrError('E_UNREACHABLE', {
    message: `None of the LogServers answers${survivors.length > 0 ? ': what survived of the MetaStore cannot be checked against them' : ''}. Nothing was changed.`,
    hint: 'Start servers, check the addresses, or give `--from-data-dir` for each dead one.',
  });
}
