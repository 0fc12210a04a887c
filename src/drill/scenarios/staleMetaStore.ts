import { openLog } from '../../cli/connection.ts';
import { copyMetaStore, restoreCopy } from '../../sandbox/disasters/metaStoreCopy.ts';
import { runLoad } from '../../sandbox/load.ts';
import { loadOptions } from '../load.ts';
import { type Scenario, USUAL_CLUSTER } from '../scenario.ts';

export const staleMetaStore: Scenario = {
  name: 'stale-metastore',
  title: 'Only a stale backup of the MetaStore is there, and somebody has restored it',
  about:
    'The MetaStore comes back as it was some loglets ago. What it lacks is completed from the LogServers; nothing newer is hidden.',
  playbook: 'metastore-stale',
  cluster: { ...USUAL_CLUSTER, metaStores: ['file'] },
  clients: 'help themselves',
  prepare: async (scene) => {
    const { access, logId } = scene;
    await copyMetaStore(access);
    await runLoad({ ...loadOptions(scene), entries: 300, reconfigureEvery: 100 });
    const { chain } = await openLog(access.connection, logId).reconfigure();
    return `a copy of the MetaStore was made; the log went on to version ${chain.version}`;
  },
  disaster: async ({ access }) => {
    await restoreCopy(access);
    return 'the MetaStore was killed and restored from the old copy';
  },
  answers: {},
  expect: { verdict: 'proven', loss: 'none', ends: 'done' },
};
