import { killMembers, loseMetaStore } from '../../sandbox/verbs.ts';
import { type Scenario, USUAL_CLUSTER } from '../scenario.ts';
import { lastMembers } from './places.ts';

export const lostMetaStoreBackup: Scenario = {
  name: 'lost-metastore-backup',
  title: 'The MetaStore is lost, and two LogServers with it; there are backups',
  about:
    'Every chain version is in the repository before its loglet takes entries. The MetaStore and two of three members of the last loglet are gone.',
  playbook: 'metastore-lost-backup',
  cluster: { ...USUAL_CLUSTER, minNodesetSize: 2, repository: 'required' },
  clients: 'help themselves',
  disaster: async (scene) => {
    const [first = '', second = ''] = await lastMembers(scene);
    await killMembers(scene.access.sandbox, [first, second], scene.app.clock);
    await loseMetaStore(scene.access, { stayDown: false, keep: 0 });
    return `${first} and ${second} killed; the MetaStore emptied`;
  },
  answers: {},
  expect: { verdict: 'proven', loss: 'none', ends: 'done' },
};
