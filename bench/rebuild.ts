import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { INVENTORY_TYPE } from '../src/codec/inventoryStream.ts';
import { encodeRegister } from '../src/codec/metastore.ts';
import type { Chain } from '../src/core/chain.ts';
import type { Benchmark, Line, Setting } from './harness/benchmark.ts';
import { BenchCluster } from './harness/cluster.ts';
import { EtcdClient, etcdMissing, startEtcd } from './harness/etcdPeer.ts';
import { fillStores } from './harness/filledStores.ts';
import { interleaved, type Measured, statisticsOf, type Work } from './harness/measure.ts';
import { findProgram, runProgram, vlogDr } from './harness/programs.ts';

const SEGMENTS_PER_LOG = 100;
const GOAL = 1.5;
const GOAL_MB = 300;
/** The plan of ten times as many segments may take this much more than ten times as long. */
const LINEAR = 1.3;

/** Nothing but loglets: a plan of the whole map, as a command from its start to its end. */
export const rebuild: Benchmark = {
  name: 'rebuild',
  async run(setting) {
    const missing = etcdMissing();
    const lines: Line[] = [];
    const medians = new Map<number, number>();
    for (const segments of setting.quick ? [200] : [1_000, 10_000, 100_000]) {
      const one = await measure(setting, segments, missing.length === 0);
      lines.push(...one.lines);
      medians.set(segments, one.median);
    }
    const [tenth, whole] = [medians.get(10_000), medians.get(100_000)];
    if (tenth !== undefined && whole !== undefined) lines.push(await growth(whole / tenth));
    return { lines, missing };
  },
};

async function measure(
  setting: Setting,
  segments: number,
  hasEtcd: boolean,
): Promise<{ lines: Line[]; median: number }> {
  setting.say(`writing ${segments} segments`);
  const cluster = await BenchCluster.up(setting, `of-${segments}`, '--servers', '5', '--zones', '3');
  const fill = { logs: segments / SEGMENTS_PER_LOG, segmentsPerLog: SEGMENTS_PER_LOG, prefix: 'log-' };
  const chains = await fillStores(cluster, fill);
  const resident: number[] = [];
  const works = [
    planning(setting, cluster, resident),
    downloading(cluster),
    ...(hasEtcd ? [await restoring(setting, chains)] : []),
  ];
  setting.say(`planning ${segments} segments`);
  const found = await interleaved(works, { rounds: setting.quick ? 1 : segments > 50_000 ? 3 : 5 });
  await cluster.sandbox('down', '--delete');
  return { lines: await linesOf(segments, found, resident), median: found.get('plan')?.median ?? 0 };
}

async function linesOf(
  segments: number,
  found: ReadonlyMap<string, Measured>,
  resident: readonly number[],
): Promise<Line[]> {
  const [ours, limit, etcd] = [found.get('plan'), found.get('downloads'), found.get('etcd')];
  if (ours === undefined || limit === undefined) throw new Error('nothing was measured');
  const memory = await statisticsOf(resident, 'MB');
  const what = `${segments.toLocaleString('en')} segments`;
  const ratio = ours.median / limit.median;
  return [
    {
      ...{ what, ours, peer: { name: 'five raw downloads', measured: limit }, ratio },
      ...(segments === 10_000 && { goal: { says: `≤ ${GOAL} ×`, met: ratio <= GOAL } }),
    },
    ...(etcd === undefined
      ? []
      : [
          {
            what,
            ours,
            peer: { name: 'snapshot restore', measured: etcd },
            ratio: ours.median / etcd.median,
          },
        ]),
    {
      what: `${what}, most resident`,
      ours: memory,
      goal: { says: `≤ ${GOAL_MB} MB`, met: memory.max <= GOAL_MB },
    },
  ];
}

async function growth(times: number): Promise<Line> {
  const ours = await statisticsOf([times], '×');
  const says = `linear: ≤ ${10 * LINEAR} ×`;
  return { what: 'from 10,000 to 100,000 segments', ours, goal: { says, met: times <= 10 * LINEAR } };
}

function planning({ dir }: Setting, cluster: BenchCluster, resident: number[]): Work {
  const stdoutFile = join(dir, 'plan.json');
  return {
    name: 'plan',
    run: async () => {
      const args = ['rebuild-metastore', '--from-loglets', '--json', '--config', cluster.config];
      const { ms, residentMb, code, stderr } = await vlogDr(args, { stdoutFile, mayFail: true });
      if (code !== 0 && code !== 3) throw new Error(`the plan ended with ${code}: ${stderr}`);
      resident.push(residentMb);
      return ms;
    },
  };
}

/** The limit: the same bytes, fetched from all servers at once by a program that does nothing with them. */
function downloading(cluster: BenchCluster): Work {
  const program = join(import.meta.dirname, 'harness', 'download.js');
  const urls = cluster.logServers.map(({ url }) => `${url}/v1/inventory`);
  return {
    name: 'downloads',
    run: async () => (await runProgram(process.execPath, [program, INVENTORY_TYPE, ...urls])).ms,
  };
}

/** One member is restored from a snapshot that holds the same chains, started, and read from. */
async function restoring(setting: Setting, chains: readonly Chain[]): Promise<Work> {
  const etcd = await startEtcd(setting, 1);
  const endpoint = etcd.endpoints[0] ?? '';
  const filling = new EtcdClient(endpoint);
  for (const chain of chains) await filling.put(`logs/${chain.logId}`, encodeRegister(chain.logId, chain));
  filling.close();
  const etcdctl = findProgram('etcdctl') ?? '';
  const snapshot = join(setting.dir, `chains-${chains.length}.db`);
  await runProgram(etcdctl, ['--endpoints', endpoint, 'snapshot', 'save', snapshot]);
  return {
    name: 'etcd',
    before: async () => {
      await etcd.kill('m1');
      await rm(etcd.dataDirOf('m1'), { recursive: true, force: true });
    },
    run: async () => {
      const began = performance.now();
      await runProgram(etcdctl, ['snapshot', 'restore', snapshot, ...etcd.restoreFlags('m1')]);
      await etcd.begin('m1');
      const reading = new EtcdClient(endpoint);
      const found = await reading.has(`logs/${chains.at(-1)?.logId}`);
      reading.close();
      if (!found) throw new Error('the restored etcd lacks a chain');
      return performance.now() - began;
    },
    after: () => etcd.kill('m1'),
  };
}
