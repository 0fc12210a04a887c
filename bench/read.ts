import { Agent } from 'undici';
import { lastSegment } from '../src/core/chain.ts';
import type { Benchmark } from './harness/benchmark.ts';
import { BenchCluster } from './harness/cluster.ts';
import { interleaved, perSecond } from './harness/measure.ts';

const GOAL = 0.7;
const ENTRY_BYTES = 4096;
const BATCH = 256;

/** All of a log in order, decoded and checked, against the same bytes fetched from one of its servers and thrown away. */
export const read: Benchmark = {
  name: 'read',
  async run(setting) {
    const cluster = await BenchCluster.up(setting, 'one', '--servers', '3');
    const log = cluster.log();
    const entries = (setting.quick ? 16 : 1024) * (2 ** 20 / ENTRY_BYTES);
    setting.say(`writing ${entries} entries`);
    const batch = Array.from({ length: BATCH }, () => Buffer.alloc(ENTRY_BYTES, 'x'));
    for (let written = 0; written < entries; written += BATCH) await log.append(batch);
    const { logletId, sequencer } = lastSegment(await log.chain());
    const server = cluster.logServers.find(({ id }) => id === sequencer?.serverId);
    if (server === undefined) throw new Error('the log has no sequencer');
    const agent = new Agent();
    setting.defer(() => agent.destroy());
    const through = async () => {
      let count = 0;
      for await (const _ of log.read()) count += 1;
      if (count !== entries) throw new Error(`${count} of ${entries} entries were read`);
    };
    const bare = async () => {
      for (let from = 0; from < entries; )
        from += await page(agent, `${server.url}/v1/loglets/${logletId}/entries?from=${from}&to=${entries}`);
    };
    const found = await interleaved(
      [
        { name: 'through', run: through },
        { name: 'bare', run: bare },
      ],
      { rounds: setting.quick ? 2 : 5 },
    );
    const rate = (name: string) => {
      const measured = found.get(name);
      if (measured === undefined) throw new Error('nothing was measured');
      return perSecond(measured, (entries * ENTRY_BYTES) / 2 ** 20, 'MiB');
    };
    const [ours, peer] = [rate('through'), rate('bare')];
    const ratio = ours.median / peer.median;
    const goal = { says: `≥ ${GOAL} ×`, met: ratio >= GOAL };
    const what = `${(entries * ENTRY_BYTES) / 2 ** 20} MiB in entries of 4 KiB`;
    return { lines: [{ what, ours, peer: { name: 'bare GETs', measured: peer }, ratio, goal }] };
  },
};

/** The number of entries in one answer, whose bytes are not looked at. */
async function page(agent: Agent, url: string): Promise<number> {
  const { origin, pathname, search } = new URL(url);
  const { body, statusCode } = await agent.request({ origin, path: `${pathname}${search}`, method: 'GET' });
  const frame = Buffer.from(await body.arrayBuffer());
  if (statusCode !== 200) throw new Error(frame.toString());
  return frame.readUInt32BE(4);
}
