import { lastSegment } from '../src/core/chain.ts';
import type { LogServer } from '../src/ports/LogServer.ts';
import { logletOf } from '../src/virtuallog/loglets/loglets.ts';
import type { Benchmark } from './harness/benchmark.ts';
import { BenchCluster } from './harness/cluster.ts';
import { interleaved, statisticsOf } from './harness/measure.ts';

const GOAL_MS = 0.1;

/**
 * What the virtual log costs above its loglet. Measured call by call, as the part of an append that is not spent in
 * the LogServer's client: the difference of two percentiles would be the network's noise.
 */
export const virtualisation: Benchmark = {
  name: 'virtualisation',
  async run(setting) {
    const cluster = await BenchCluster.up(setting, 'one', '--servers', '3');
    const { logServers } = cluster.connection.cluster;
    const spent = { ms: 0 };
    const watched = new Map([...logServers].map(([id, server]) => [id, watchedBy(server, spent)]));
    const log = cluster.log(undefined, { logServers: watched });
    const loglet = logletOf(lastSegment(await log.chain()), logServers);
    const payload = [Buffer.alloc(200, 'x')];
    const overhead: number[] = [];
    const throughLog = async () => {
      const began = performance.now();
      await log.append(payload);
      overhead.push(performance.now() - began - spent.ms);
    };
    const straight = async () => {
      await loglet.append(payload);
    };
    const rounds = setting.quick ? 200 : 3_000;
    // Compiled code is what a client runs for all but its first second.
    for (let warm = 0; warm < rounds / 2; warm += 1) await Promise.all([throughLog(), straight()]);
    overhead.length = 0;
    const found = await interleaved(
      [
        { name: 'through the log', run: throughLog },
        { name: 'straight', run: straight },
      ],
      { rounds },
    );
    const cost = await statisticsOf(overhead);
    const [ours, peer] = [found.get('through the log'), found.get('straight')];
    if (ours === undefined || peer === undefined) throw new Error('nothing was measured');
    return {
      lines: [
        {
          what: 'added by VirtualLog, p99',
          ours: { ...cost, median: cost.p99 },
          goal: { says: `≤ ${GOAL_MS * 1_000} µs`, met: cost.p99 <= GOAL_MS },
        },
        {
          what: 'one append',
          ours,
          peer: { name: 'straight to the loglet', measured: peer },
          ratio: ours.median / peer.median,
        },
      ],
      notes: ['Delos (OSDI 2020) reports 100–150 µs at p99'],
    };
  },
};

/** The same server; how long its last append took is noted. */
function watchedBy(server: LogServer, spent: { ms: number }): LogServer {
  const append: LogServer['append'] = async (logletId, payloads) => {
    const began = performance.now();
    try {
      return await server.append(logletId, payloads);
    } finally {
      spent.ms = performance.now() - began;
    }
  };
  return new Proxy(server, {
    get: (target, name: keyof LogServer) => {
      if (name === 'append') return append;
      const member: unknown = target[name];
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
