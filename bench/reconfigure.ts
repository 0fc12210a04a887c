import { join } from 'node:path';
import { logId } from '../src/core/ids.ts';
import { openFileMetaStore } from '../src/drivers/metastore-file/fileMetaStore.ts';
import type { Benchmark, Line } from './harness/benchmark.ts';
import { BenchCluster } from './harness/cluster.ts';
import { etcdMissing } from './harness/etcdPeer.ts';
import { interleaved, type Work } from './harness/measure.ts';

/** Milliseconds, medians. */
const GOALS = { embedded: 10, etcd: 20 } as const;

/** Seal, install, activate: from the call until the log takes appends in its new loglet, on each kind of MetaStore. */
export const reconfigure: Benchmark = {
  name: 'reconfigure',
  async run(setting) {
    const cluster = await BenchCluster.up(setting, 'file');
    const { clusterId } = cluster.connection.cluster;
    const metaStore = await openFileMetaStore({ dir: join(setting.dir, 'embedded'), clusterId });
    setting.defer(() => metaStore.close());
    const embedded = await cluster.create(logId('embedded'), { metaStore });
    const served = cluster.log();
    const works: Work[] = [
      { name: 'file, embedded', run: () => embedded.reconfigure() },
      { name: 'file, served over HTTP', run: () => served.reconfigure() },
    ];
    const missing = etcdMissing();
    if (missing.length === 0) {
      const onEtcd = (await BenchCluster.up(setting, 'etcd', '--metastore', 'etcd')).log();
      works.push({ name: 'etcd, three members', run: () => onEtcd.reconfigure() });
    }
    const found = await interleaved(works, { rounds: setting.quick ? 5 : 100 });
    const goals: Readonly<Record<string, number>> = {
      'file, embedded': GOALS.embedded,
      'etcd, three members': GOALS.etcd,
    };
    const lines = [...found].map(([what, ours]): Line => {
      const goal = goals[what];
      return goal === undefined
        ? { what, ours }
        : { what, ours, goal: { says: `≤ ${goal} ms`, met: ours.median <= goal } };
    });
    return { lines, missing, notes: ['Delos (OSDI 2020) reports tens of milliseconds'] };
  },
};
