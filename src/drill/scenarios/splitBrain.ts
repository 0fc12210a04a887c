import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLog } from '../../cli/connection.ts';
import { serverId } from '../../core/ids.ts';
import { copyMetaStore, serveCopy, stopCopy } from '../../sandbox/disasters/metaStoreCopy.ts';
import { runLoad } from '../../sandbox/load.ts';
import { killMembers, pauseMembers, resumeMembers } from '../../sandbox/verbs.ts';
import { loadOptions } from '../load.ts';
import { type Scenario, type Scene, USUAL_CLUSTER } from '../scenario.ts';
import { lastMembers, serverIds } from './places.ts';

/** What only the wrong side has: the member that the right side did not hear, and one more. */
interface Sides {
  readonly wrong: readonly [string, string];
  readonly right: readonly string[];
}

/** Known to whoever made it; the same each time that it is asked, also when the chain has gone on. */
const made = new WeakMap<Scene['access'], Sides>();

async function sidesOf(scene: Scene): Promise<Sides> {
  const known = made.get(scene.access);
  if (known !== undefined) return known;
  const last = await lastMembers(scene);
  const member = last.at(-1) ?? '';
  const spare = serverIds(scene).find((id) => !last.includes(id)) ?? '';
  const wrong = [member, spare] as const;
  const sides = { wrong, right: serverIds(scene).filter((id) => !wrong.includes(id)) };
  made.set(scene.access, sides);
  return sides;
}

/**
 * Each control plane reconfigures while it hears only its own servers: no close record of one reaches a server of the
 * other, and under `all` a single member is a seal quorum.
 */
async function divide(scene: Scene): Promise<string> {
  const { access, app, logId } = scene;
  const { sandbox, connection } = access;
  const { wrong, right } = await sidesOf(scene);
  await pauseMembers(sandbox, wrong, app.clock);
  await openLog(connection, logId).reconfigure({ servers: right.slice(0, 3).map(serverId) });
  await runLoad({ ...loadOptions(scene), entries: 100 });
  await resumeMembers(sandbox, wrong, app.clock);
  await pauseMembers(sandbox, right, app.clock);
  const { config = '' } = await serveCopy(access);
  const other = await app.connectTo(config);
  await openLog(other, logId, { cached: false }).reconfigure({ servers: wrong.map(serverId) });
  await resumeMembers(sandbox, right, app.clock);
  return `one extended the log on ${right.slice(0, 3).join(', ')}, the other on ${wrong.join(', ')}`;
}

export const splitBrain: Scenario = {
  name: 'split-brain',
  title: 'Two control planes have extended one log',
  about:
    'A copy of the MetaStore was brought up beside it during a partition, and both reconfigured. Nothing is applied before people have decided which side is right.',
  playbook: 'split-brain',
  cluster: { ...USUAL_CLUSTER, servers: 7, minNodesetSize: 2, metaStores: ['file'] },
  clients: 'only wait',
  prepare: async ({ access }) => {
    await copyMetaStore(access);
    return 'somebody copied the MetaStore';
  },
  disaster: divide,
  answers: { 'one-plane': 'wait', side: 'known', 'stop-wrong-side': 'wait' },
  byHand: async (scene) => {
    const { access, app } = scene;
    const note = join(access.sandbox.dir, 'second-control-plane-stopped.txt');
    if (!(await app.exists(note))) {
      await stopCopy(access);
      await writeFile(note, 'stopped the copy of the MetaStore\n');
    } else await killMembers(access.sandbox, (await sidesOf(scene)).wrong, app.clock);
  },
  expect: { verdict: 'proven', loss: 'none', ends: 'done' },
};
