import { describe, expect, test } from 'vitest';
import { chainProblems } from '../../../src/core/chain.ts';
import type { VirtualLog } from '../../../src/virtuallog/VirtualLog.ts';
import { LOG, payloads, seenThrough, TestCluster, texts, type World } from '../../support/cluster.ts';
import { Killed, Life } from '../../support/faults.ts';

const WRITTEN = ['a', 'b', 'c'];

/** The worlds in which a client is killed at each of its calls. */
const WORLDS: readonly { name: string; world: World; hurt: (cluster: TestCluster) => Promise<void> }[] = [
  { name: 'healthy, all', world: {}, hurt: async () => {} },
  {
    name: 'required snapshots, the sequencer dead, all',
    world: { snapshots: 'required' },
    hurt: async (cluster) => (await cluster.sequencer()).kill(),
  },
  {
    name: 'a member that lags, majority',
    world: { durability: { kind: 'majority' } },
    hurt: letOneLag,
  },
];

/** One member misses the last entry, and another is gone for good. */
async function letOneLag(cluster: TestCluster): Promise<void> {
  const sequencer = await cluster.sequencer();
  const [lagging] = (await cluster.members()).filter((member) => member !== sequencer);
  lagging?.kill();
  await cluster.client().append(payloads('late'));
  lagging?.restart();
  sequencer.kill();
}

async function run(world: (typeof WORLDS)[number], life: Life) {
  const cluster = await TestCluster.start(world.world);
  await cluster.client().append(payloads(...WRITTEN));
  await world.hurt(cluster);
  const before = await cluster.metaStore.get(LOG);
  const doomed = cluster.client({
    metaStore: life.of(cluster.metaStore),
    logServers: seenThrough(cluster.servers, (server) => life.of(server)),
    ...(world.world.snapshots && { snapshots: life.of(cluster.snapshots) }),
  });
  await doomed.reconfigure().catch((error: unknown) => {
    if (!(error instanceof Killed)) throw error;
  });
  return { cluster, before };
}

async function mustBeWhole(
  cluster: TestCluster,
  next: VirtualLog,
  written: readonly string[],
): Promise<void> {
  const appended = await next.append(payloads('after'));
  expect(appended).toEqual({ outcome: 'acknowledged', positions: [BigInt(written.length)] });
  expect(await texts(cluster.client())).toEqual([...written, 'after']);
  const chain = await cluster.metaStore.get(LOG);
  expect(chain && chainProblems(chain)).toEqual([]);
  expect(await next.checkTail()).toEqual({ kind: 'acknowledged', tail: BigInt(written.length) + 1n });
}

async function mustBeClosed(cluster: TestCluster): Promise<void> {
  const chain = await cluster.metaStore.get(LOG);
  for (const segment of chain?.segments.slice(0, -1) ?? []) {
    const answers = await Promise.all(
      segment.nodeset
        .map((member) => cluster.server(member.serverId))
        .filter((server) => server.running)
        .map(async (server) => (await server.states([segment.logletId]))[0]?.answer),
    );
    for (const answer of answers) expect(answer?.ok && answer.value.close?.end).toBe(segment.end);
  }
}

describe.each(WORLDS)('a reconfiguration that is killed ($name)', (world) => {
  test.each([
    { lastHappens: false, when: 'before a call reached anybody' },
    { lastHappens: true, when: 'when a call was done and not answered' },
  ])('is completed by the next client, at every instant: $when', async ({ lastHappens }) => {
    const written = world.hurt === letOneLag ? [...WRITTEN, 'late'] : WRITTEN;
    let calls = 0;
    for (; calls < 500; calls += 1) {
      const life = new Life(calls, lastHappens);
      const { cluster } = await run(world, life);
      const next = cluster.client();
      await next.complete().catch(() => {});
      await mustBeWhole(cluster, next, written);
      await mustBeClosed(cluster);
      if (!life.ended) break;
    }
    // The last run was not killed at all: every instant before it was tried.
    expect(calls).toBeGreaterThan(20);
    expect(calls).toBeLessThan(500);
  });
});
