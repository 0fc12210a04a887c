import { silentReporter } from '../ports/Reporter.ts';
import { accessSandbox } from '../sandbox/access.ts';
import { upSandbox } from '../sandbox/up.ts';
import type { ClusterShape, DrillStage, Scene } from './scenario.ts';

/** Starts the cluster of a scenario. Its repository lies beside it unless another was given. */
export async function startCluster(stage: DrillStage, shape: ClusterShape): Promise<Scene> {
  const { app, request, step } = stage;
  const repository = repositoryOf(stage, shape);
  const { servers, zones, durability, nodesetSize, minNodesetSize, minZones } = shape;
  await step('start the cluster', async () => {
    // Its own stages would run inside this one.
    const status = await upSandbox(
      { ...app, reporter: silentReporter },
      {
        dir: request.dir,
        servers,
        zones,
        logs: 1,
        metaStore: request.metaStore === 'etcd' ? 'etcd' : 'file',
        ...(repository === undefined ? {} : { repository }),
        policy: { durability, nodesetSize, minNodesetSize, minZones, snapshots: modeOf(stage, shape) },
      },
    );
    const { kind, members } = status.metaStore;
    const metaStore = `${members.length} MetaStore member${members.length === 1 ? '' : 's'} (${kind})`;
    const backups = repository === undefined ? 'no backup' : `backups ${modeOf(stage, shape)}`;
    return { value: undefined, detail: `${servers} LogServers, ${metaStore}, ${backups}` };
  });
  return { ...stage, access: await accessSandbox(app, request.dir) };
}

function repositoryOf({ request }: DrillStage, shape: ClusterShape): string | undefined {
  if (request.repository !== undefined) return request.repository;
  return shape.repository === 'only if given' ? undefined : `file://${request.dir}.repository`;
}

function modeOf({ request }: DrillStage, { repository }: ClusterShape): 'required' | 'best-effort' | 'off' {
  if (repository !== 'only if given') return repository;
  return request.repository === undefined ? 'off' : 'required';
}
