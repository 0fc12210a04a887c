import type { App } from '../../cli/app.ts';
import { DrError } from '../../core/errors.ts';
import type { ForeignCluster } from '../../ports/ForeignCluster.ts';
import { silentReporter } from '../../ports/Reporter.ts';
import { openSandbox, paths } from '../../sandbox/layout.ts';
import { loseMetadata } from '../../sandbox/restate/loseMetadata.ts';
import { restateSandbox } from '../../sandbox/restate/members.ts';
import { ingressOf } from '../../sandbox/restate/session.ts';
import { deployCounters, upRestateSandbox } from '../../sandbox/restate/up.ts';
import { killMembers, startMembers } from '../../sandbox/verbs.ts';
import type { DrillStage, RestateScenario, RestateScene } from '../scenario.ts';

const NODES = 3;

const LOOK_AGAIN_MS = 100;
const PATIENCE_MS = 60_000;

/** A node listens before it answers; people look later than that. */
async function allAnswer(cluster: ForeignCluster, { clock, signal }: App): Promise<void> {
  const deadline = clock.now() + PATIENCE_MS;
  for (;;) {
    const silent = (await cluster.look()).filter(({ answer }) => answer.kind !== 'answered');
    if (silent.length === 0) return;
    if (clock.now() > deadline)
      throw new DrError('E_UNREACHABLE', {
        message: `${silent.map(({ address }) => address).join(', ')} was restarted and does not answer. It is this machine's doing, not the disaster's: its output is in the drill's directory.`,
        hint: 'Run the drill again.',
      });
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

/** A scene, and where its counters are called. */
export interface StartedScene extends RestateScene {
  readonly ingress: readonly string[];
}

/** Starts three Restate nodes with counters on them. */
export async function startRestate(
  stage: DrillStage,
  { backup }: RestateScenario['cluster'],
): Promise<StartedScene> {
  const { app, request, step } = stage;
  const metaStore = request.metaStore === 'etcd' ? 'etcd' : 'builtin';
  const repository =
    request.repository ?? (backup === 'none' ? undefined : `file://${request.dir}.repository`);
  await step('start the cluster', async () => {
    const where = metaStore === 'etcd' ? 'an etcd of three members' : 'their own metadata store';
    await upRestateSandbox(
      { ...app, reporter: silentReporter },
      {
        ...{ dir: request.dir, nodes: NODES, metaStore, metadataNodes: 0 },
        ...(repository !== undefined && { repository }),
      },
    );
    return { value: undefined, detail: `${NODES} Restate nodes with ${where}, counters on them` };
  });
  const sandbox = await openSandbox(request.dir);
  const access = restateSandbox(sandbox, app.clock);
  const { cluster } = await app.connectForeignTo(paths.config(request.dir));
  return {
    ...stage,
    cluster,
    ingress: ingressOf(sandbox),
    nodes: sandbox.state.logServers.map(({ id }) => id),
    kill: (...ids) => killMembers(sandbox, ids, app.clock).then(() => undefined),
    start: (...ids) => startMembers(access, ids).then(() => undefined),
    loseMetadata: async (options) => {
      const { lost } = await loseMetadata(access, options);
      if (metaStore === 'builtin' && !options.stayDown) await allAnswer(cluster, app);
      return lost;
    },
    deploy: () => deployCounters(sandbox.state),
  };
}
