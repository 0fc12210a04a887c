import { loseMetaStore } from '../../sandbox/verbs.ts';
import { type Scenario, USUAL_CLUSTER } from '../scenario.ts';

export const lostMetaStore: Scenario = {
  name: 'lost-metastore',
  title: 'The MetaStore is lost with its data, and there is no backup',
  about:
    'Five LogServers under load; the MetaStore is killed and emptied, and rebuilt from the loglets alone.',
  playbook: 'metastore-lost',
  cluster: USUAL_CLUSTER,
  clients: 'help themselves',
  disaster: async ({ access }) => {
    await loseMetaStore(access, { stayDown: false, keep: 0 });
    return 'killed, its data deleted, an empty one started in its place';
  },
  answers: {},
  expect: { verdict: 'proven', loss: 'none', ends: 'done' },
};
