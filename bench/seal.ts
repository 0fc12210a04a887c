import { type Chain, lastSegment } from '../src/core/chain.ts';
import type { LogServer } from '../src/ports/LogServer.ts';
import { logletOf } from '../src/virtuallog/loglets/loglets.ts';
import type { Benchmark, Line, Setting } from './harness/benchmark.ts';
import { BenchCluster, connectTo } from './harness/cluster.ts';
import { fillStores } from './harness/filledStores.ts';
import { type Measured, statisticsOf, timed } from './harness/measure.ts';

const GOAL = 1.5;
/** Two of five servers, stopped by SIGSTOP: connections are taken, and nothing is ever answered. */
const SILENT = ['s4', 's5'];

interface Samples {
  readonly alive: number[];
  readonly silent: number[];
  readonly limit: number[];
}

/** The last loglets of many logs sealed at once, as after the loss of a region: all servers alive, and two silent. */
export const seal: Benchmark = {
  name: 'seal',
  async run(setting) {
    const counts = setting.quick ? [10] : [10, 100, 1_000];
    const rounds = setting.quick ? 2 : 5;
    const cluster = await BenchCluster.up(setting, 'one', '--servers', '5');
    const timeoutMs = cluster.connection.config.timeouts.requestMs;
    const lines: Line[] = [];
    for (const logs of counts) {
      setting.say(`${logs} logs`);
      const samples = await measure(setting, cluster, { logs, rounds });
      lines.push(...(await linesOf(samples, { logs, timeoutMs })));
    }
    return {
      lines,
      notes: [
        `a silent server costs one time-out, ${timeoutMs} ms here: it is taken off before the comparison`,
      ],
    };
  },
};

async function measure(
  setting: Setting,
  cluster: BenchCluster,
  { logs, rounds }: { logs: number; rounds: number },
): Promise<Samples> {
  const samples: Samples = { alive: [], silent: [], limit: [] };
  // Sealing is for good, so every sample has logs of its own.
  const all = await fillStores(cluster, {
    logs: logs * rounds * 3,
    segmentsPerLog: 1,
    prefix: `seal-${logs}-`,
  });
  for (let round = 0; round < rounds; round += 1) {
    const mine = () => all.splice(0, logs);
    samples.alive.push(await withNewClient(cluster, (servers) => sealAll(servers, mine())));
    samples.limit.push(await withNewClient(cluster, (servers) => oneRoundTrip(servers, mine())));
    await cluster.sandbox('pause', ...SILENT);
    samples.silent.push(await withNewClient(cluster, (servers) => sealAll(servers, mine())));
    await cluster.sandbox('resume', ...SILENT);
    setting.say(`round ${round + 1} of ${rounds}`);
  }
  return samples;
}

type Servers = ReadonlyMap<LogServer['serverId'], LogServer>;

/** As a command has it: nothing is known yet of who is silent. */
async function withNewClient(
  cluster: BenchCluster,
  action: (servers: Servers) => Promise<unknown>,
): Promise<number> {
  const { connection, disconnect } = await connectTo(cluster.config);
  try {
    return await timed(() => action(connection.cluster.logServers));
  } finally {
    await disconnect();
  }
}

async function sealAll(servers: Servers, chains: readonly Chain[]): Promise<void> {
  const surveys = await Promise.all(
    chains.map((chain) => logletOf(lastSegment(chain), servers).seal(chain.generation)),
  );
  if (surveys.some(({ copies }) => copies.every(({ state }) => !state.sealed)))
    throw new Error('a loglet was not sealed');
}

/** The least that it can cost: each server is told once, of all loglets together. */
async function oneRoundTrip(servers: Servers, chains: readonly Chain[]): Promise<void> {
  const generation = chains[0]?.generation;
  if (generation === undefined) return;
  await Promise.all(
    [...servers].map(([id, server]) => {
      const held = chains
        .map(lastSegment)
        .filter(({ nodeset }) => nodeset.some((one) => one.serverId === id));
      return server.seal(
        generation,
        held.map(({ logletId }) => logletId),
      );
    }),
  );
}

async function linesOf(
  samples: Samples,
  { logs, timeoutMs }: { logs: number; timeoutMs: number },
): Promise<Line[]> {
  const alive = await statisticsOf(samples.alive);
  const limit = await statisticsOf(samples.limit);
  const silent = await statisticsOf(samples.silent);
  const rest = await statisticsOf(samples.silent.map((ms) => Math.max(0, ms - timeoutMs)));
  const peer = (name: string, measured: Measured) => ({ name, measured });
  const ratio = rest.median / alive.median;
  return [
    {
      what: `${logs} logs, all alive`,
      ours: alive,
      peer: peer('one round trip each', limit),
      ratio: alive.median / limit.median,
    },
    { what: `${logs} logs, two of five silent`, ours: silent },
    {
      what: `${logs} logs, two silent, less one time-out`,
      ours: rest,
      peer: peer('all alive', alive),
      ratio,
      ...(logs === 1_000 && { goal: { says: `≤ ${GOAL} ×`, met: ratio <= GOAL } }),
    },
  ];
}
