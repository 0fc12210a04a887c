import { loseMetaStore } from '../../sandbox/verbs.ts';
import { type Scenario, USUAL_CLUSTER } from '../scenario.ts';

export const lostMajority: Scenario = {
  name: 'lost-majority',
  title: 'The majority of an etcd MetaStore is lost',
  about: 'Two of three etcd members and their disks are gone; a new cluster is made from the third one.',
  playbook: 'metastore-majority-lost',
  cluster: { ...USUAL_CLUSTER, metaStores: ['etcd'] },
  clients: 'help themselves',
  disaster: async ({ access }) => {
    const { lost, kept } = await loseMetaStore(access, { stayDown: false, keep: 1 });
    return `${lost.join(' and ')} killed, their data deleted; ${kept.join()} goes on alone`;
  },
  answers: {
    members: 'gone',
    'force.old-metastore-destroyed': 'old-metastore-destroyed',
  },
  expect: { verdict: 'proven', loss: 'none', ends: 'done' },
};
