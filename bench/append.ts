import type { Benchmark, Line, Setting } from './harness/benchmark.ts';
import { BenchCluster } from './harness/cluster.ts';
import { EtcdClient, etcdMissing, startEtcd } from './harness/etcdPeer.ts';
import { interleaved, type Measured, statisticsOf } from './harness/measure.ts';

const GOAL = 3;

/** A closed loop of clients: each sends one entry, waits until it is durable, sends the next. */
interface Contender {
  readonly name: string;
  /** One call of client `number`. */
  readonly send: (number: number, payload: Uint8Array) => Promise<unknown>;
}

/** Durable appends against durable puts: three servers each, `all` against a majority, fsync on both sides. */
export const append: Benchmark = {
  name: 'append',
  async run(setting) {
    const { quick, say } = setting;
    const missing = etcdMissing();
    const contenders = [
      await ours(setting, quick ? 64 : 512),
      ...(missing.length === 0 ? [await etcds(setting)] : []),
    ];
    const lines: Line[] = [];
    for (const sizeBytes of quick ? [200] : [200, 4096]) {
      for (const clients of quick ? [1, 64] : [1, 64, 512]) {
        say(`${clients} clients, ${sizeBytes} bytes`);
        lines.push(...(await compare(contenders, { sizeBytes, clients, quick })));
      }
    }
    const notes = ['all clients of one side share one process and its connections; so do those of etcd'];
    return { lines, missing, notes };
  },
};

interface Load {
  readonly sizeBytes: number;
  readonly clients: number;
  readonly quick: boolean;
}

async function compare(contenders: readonly Contender[], load: Load): Promise<Line[]> {
  const rates = new Map<string, number[]>();
  const latencies = new Map<string, number[]>();
  const works = contenders.map((contender) => ({
    name: contender.name,
    run: async () => {
      const { perSecond, samples } = await closedLoop(contender, load);
      rates.set(contender.name, [...(rates.get(contender.name) ?? []), perSecond]);
      latencies.set(contender.name, (latencies.get(contender.name) ?? []).concat(samples));
    },
  }));
  await interleaved(works, { rounds: load.quick ? 2 : 5 });
  const [mine, peer] = contenders.map(({ name }) => name);
  const what = `${load.clients} × ${load.sizeBytes} B`;
  return [
    line(
      `${what}, rate`,
      await both(rates, [mine, peer], 'entries/s'),
      load.clients === 64 ? GOAL : undefined,
    ),
    p99Line(`${what}, latency`, await both(latencies, [mine, peer], 'ms'), load.clients === 1),
  ];
}

async function both(
  samples: ReadonlyMap<string, number[]>,
  names: readonly (string | undefined)[],
  unit: string,
): Promise<{ ours: Measured; peer?: Measured }> {
  const [ours, peer] = await Promise.all(
    names.map((name) => (name === undefined ? undefined : statisticsOf(samples.get(name) ?? [], unit))),
  );
  if (ours === undefined) throw new Error('nothing was measured');
  return { ours: thinned(ours), ...(peer && { peer: thinned(peer) }) };
}

/** Latencies are many: percentiles are kept whole, samples one in so many. */
function thinned(measured: Measured): Measured {
  const every = Math.ceil(measured.samples.length / 500);
  return { ...measured, samples: measured.samples.filter((_, place) => place % every === 0) };
}

function line(what: string, { ours, peer }: { ours: Measured; peer?: Measured }, goal?: number): Line {
  if (peer === undefined) return { what, ours };
  const ratio = ours.median / peer.median;
  return {
    ...{ what, ours, peer: { name: 'etcd', measured: peer }, ratio },
    ...(goal !== undefined && { goal: { says: `≥ ${goal} ×`, met: ratio >= goal } }),
  };
}

/** Shown as median, 99th percentile in the place of the largest. */
function p99Line(what: string, { ours, peer }: { ours: Measured; peer?: Measured }, isGoal: boolean): Line {
  const p99 = (one: Measured): Measured => ({ ...one, median: one.p99 });
  if (peer === undefined) return { what: `${what} p99`, ours: p99(ours) };
  const ratio = ours.p99 / peer.p99;
  return {
    ...{ what: `${what} p99`, ours: p99(ours), peer: { name: 'etcd', measured: p99(peer) }, ratio },
    ...(isGoal && { goal: { says: '≤ 1 ×', met: ratio <= 1 } }),
  };
}

async function closedLoop(
  { send }: Contender,
  { sizeBytes, clients, quick }: Load,
): Promise<{ perSecond: number; samples: number[] }> {
  const payload = Buffer.alloc(sizeBytes, 'x');
  const samples: number[] = [];
  const began = performance.now();
  const until = began + (quick ? 500 : 3_000);
  await Promise.all(
    Array.from({ length: clients }, async (_, number) => {
      for (let sent = performance.now(); sent < until; sent = performance.now()) {
        await send(number, payload);
        samples.push(performance.now() - sent);
      }
    }),
  );
  return { perSecond: (samples.length / (performance.now() - began)) * 1_000, samples };
}

async function ours(setting: Setting, clients: number): Promise<Contender> {
  const cluster = await BenchCluster.up(setting, 'append', '--servers', '3', '--nodeset-size', '3');
  const logs = Array.from({ length: clients }, () => cluster.log());
  // Before the clock runs: who knows a log's chain does not ask the MetaStore again.
  for (const log of logs) await log.chain();
  return {
    name: 'vlog-dr',
    send: async (number, payload) => {
      const result = await logs[number]?.append([payload]);
      if (result?.outcome !== 'acknowledged') throw new Error(`an append was ${result?.outcome}`);
    },
  };
}

async function etcds(setting: Setting): Promise<Contender> {
  const etcd = await startEtcd(setting);
  // One connection for each member, as etcd's clients balance them.
  const connections = etcd.endpoints.map((endpoint) => new EtcdClient(endpoint));
  setting.defer(async () => {
    for (const connection of connections) connection.close();
  });
  let next = 0;
  return {
    name: 'etcd',
    send: async (number, payload) => {
      next += 1;
      await connections[number % connections.length]?.put(`entry/${next}`, payload);
    },
  };
}
