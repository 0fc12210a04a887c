import { rename } from 'node:fs/promises';
import { corruptEntries } from '../../sandbox/disasters/corrupt.ts';
import { strandLog } from '../../sandbox/disasters/strand.ts';
import { type Scenario, type Scene, USUAL_CLUSTER } from '../scenario.ts';
import { membersOf, segmentsOf } from './places.ts';

export const badDisk: Scenario = {
  name: 'bad-disk',
  title: 'A disk lies: entries are damaged',
  about:
    'Bits of twenty entries flip on the disk of one server. A read notices; sound copies are served, and heal them.',
  playbook: 'entries-corrupt',
  cluster: USUAL_CLUSTER,
  clients: 'help themselves',
  disaster: async (scene) => {
    const { access, logId } = scene;
    const [first] = await segmentsOf(scene);
    const [server = ''] = first === undefined ? [] : membersOf(first);
    const { positions } = await corruptEntries(access, { server, logId, entries: 20 });
    await notice(scene, server);
    return `${positions.length} entries damaged on ${server}, and noticed`;
  },
  answers: { disk: 'keep' },
  expect: { verdict: 'proven', loss: 'none', ends: 'done' },
};

/** Only a read notices: somebody reads the damaged copy. */
async function notice(scene: Scene, server: string): Promise<void> {
  const [first] = await segmentsOf(scene);
  if (first === undefined) return;
  for (const [id, member] of scene.access.logServers)
    if (id === server)
      await member.read({ logletId: first.logletId, from: first.start, to: first.start + 50n });
}

export const stuckLog: Scenario = {
  name: 'stuck-log',
  title: 'A reconfiguration died half-way',
  about: 'The last loglet is sealed, its successor was not installed, and whoever was at it is gone.',
  playbook: 'log-stuck',
  cluster: USUAL_CLUSTER,
  clients: 'only wait',
  disaster: async ({ access, logId }) => {
    const { sealed } = await strandLog(access.connection, logId);
    return `loglet ${sealed} sealed, and no successor installed`;
  },
  answers: {},
  expect: { verdict: 'proven', loss: 'none', ends: 'done' },
};

const BACKED_UP = { ...USUAL_CLUSTER, repository: 'best-effort' } as const;

export const testRestore: Scenario = {
  name: 'test-restore',
  title: 'Planned: the test-restore of the month',
  about: 'Nothing is wrong. The newest snapshots are restored where nothing lives, under load.',
  playbook: 'test-restore',
  cluster: BACKED_UP,
  clients: 'help themselves',
  disaster: async () => 'none: a month has gone by',
  answers: {},
  expect: { verdict: 'proven', loss: 'none', ends: 'done' },
};

const away = ({ request }: Scene) => `${request.dir}.repository.away`;
const place = ({ request }: Scene) => `${request.dir}.repository`;

export const lostRepository: Scenario = {
  name: 'lost-repository',
  title: 'The backup repository is gone, and comes back',
  about:
    'The repository is unmounted while clients append. Appends go on; it is mounted again and brought up to date.',
  playbook: 'repository-lost',
  cluster: BACKED_UP,
  clients: 'help themselves',
  disaster: async (scene) => {
    await rename(place(scene), away(scene));
    return 'its directory is not there any more';
  },
  answers: { reachable: 'wait' },
  byHand: async (scene) => {
    await rename(away(scene), place(scene)).catch(() => undefined);
  },
  expect: { verdict: 'proven', loss: 'none', ends: 'done' },
};
