import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark, Line, Setting } from './harness/benchmark.ts';
import { BenchCluster } from './harness/cluster.ts';
import { EtcdClient, etcdMissing, startEtcd } from './harness/etcdPeer.ts';
import { interleaved, type Work } from './harness/measure.ts';
import { findProgram, runProgram, vlogDr } from './harness/programs.ts';

const ENTRIES = 2_000;

/**
 * From the moment the MetaStore's data is gone until an entry is acknowledged again after a reconfiguration: the
 * rebuild from the loglets alone, the reconfiguration and the append as commands, each from its start to its end.
 */
export const rto: Benchmark = {
  name: 'rto',
  async run(setting) {
    const missing = etcdMissing();
    const works: Work[] = [await oursOn(setting, 'file')];
    if (missing.length === 0) works.push(await oursOn(setting, 'etcd'), await restored(setting));
    const found = await interleaved(works, { rounds: setting.quick ? 1 : 7 });
    const peer = found.get('snapshot restore');
    const lines = ['file', 'etcd'].flatMap((kind): Line[] => {
      const ours = found.get(kind);
      if (ours === undefined) return [];
      const what = `MetaStore on ${kind}: rebuild + reconfigure + append`;
      if (peer === undefined) return [{ what, ours }];
      const ratio = ours.median / peer.median;
      const goal = { says: '< 1 ×, and no snapshot', met: ratio < 1 };
      return [{ what, ours, peer: { name: 'etcdctl snapshot restore', measured: peer }, ratio, goal }];
    });
    return { lines, missing };
  },
};

async function oursOn(setting: Setting, kind: 'file' | 'etcd'): Promise<Work> {
  const cluster = await BenchCluster.up(setting, `on-${kind}`, '--metastore', kind);
  const load = ['--log', '1', '--entries', String(ENTRIES), '--reconfigure-every', '400'];
  await cluster.sandbox('load', ...load);
  const config = ['--config', cluster.config];
  return {
    name: kind,
    // The loss itself, which nobody waits for.
    before: () => cluster.sandbox('lose-metastore', '--stay-down'),
    run: async () => {
      const members = kind === 'file' ? ['m1'] : ['m1', 'm2', 'm3'];
      const began = performance.now();
      await cluster.sandbox('start', ...members);
      await vlogDr(['rebuild-metastore', '--from-loglets', '--apply', '--yes', ...config]);
      await vlogDr(['reconfigure', '1', '--apply', '--yes', ...config]);
      await vlogDr(['log', 'append', '1', ...config], { stdin: 'after the loss\n' });
      return performance.now() - began;
    },
  };
}

/** What an operator of etcd does: restore one snapshot on every member, start them, write. */
async function restored(setting: Setting): Promise<Work> {
  const etcdctl = findProgram('etcdctl') ?? '';
  const etcd = await startEtcd(setting);
  const client = () => new EtcdClient(etcd.endpoints[0] ?? '');
  const filling = client();
  for (let number = 0; number < 50; number += 1) await filling.put(`chain/${number}`, 'x'.repeat(1_000));
  filling.close();
  const snapshot = join(setting.dir, 'snapshot.db');
  const names = ['m1', 'm2', 'm3'];
  await runProgram(etcdctl, ['--endpoints', etcd.endpoints[0] ?? '', 'snapshot', 'save', snapshot]);
  return {
    name: 'snapshot restore',
    before: async () => {
      await etcd.kill(...names);
      for (const name of names) await rm(etcd.dataDirOf(name), { recursive: true, force: true });
    },
    run: async () => {
      const began = performance.now();
      await Promise.all(
        names.map(async (name) => {
          await runProgram(etcdctl, ['snapshot', 'restore', snapshot, ...etcd.restoreFlags(name)]);
          await etcd.begin(name, { wait: false });
        }),
      );
      const writing = client();
      for (;;) {
        const done = await writing.put('after', 'the loss').then(
          () => true,
          () => false,
        );
        if (done) break;
      }
      const took = performance.now() - began;
      writing.close();
      return took;
    },
  };
}
