import { describe, expect, it } from 'vitest';
import type { ReconfigurePlan } from '../../../src/codec/plans/reconfigure.ts';
import { lastSegment } from '../../../src/core/chain.ts';
import { logId, serverId } from '../../../src/core/ids.ts';
import { MemoryMetaStore } from '../../../src/drivers/memory/metaStore.ts';
import type { Cluster } from '../../../src/operations/cluster.ts';
import { applyReconfigure } from '../../../src/operations/reconfigure/apply.ts';
import { lookAtReconfigure, type Wish } from '../../../src/operations/reconfigure/look.ts';
import { planReconfigure } from '../../../src/operations/reconfigure/plan.ts';
import { LOG, payloads, TestCluster, texts } from '../../support/cluster.ts';
import { aJournal, killedEverywhere } from '../../support/journals.ts';
import { operationsOn } from '../../support/recovery.ts';

async function reconfigurePlan(ops: Cluster, wish: Wish = {}): Promise<ReconfigurePlan> {
  const cluster = { id: ops.clusterId, name: ops.name };
  return planReconfigure({ cluster, situation: await lookAtReconfigure(ops, LOG, wish), wish });
}

async function lastOf(cluster: TestCluster) {
  const chain = await cluster.metaStore.get(LOG);
  if (chain === undefined) throw new Error('no chain');
  return lastSegment(chain);
}

describe('a log is reconfigured as an operator asks', () => {
  it('onto exactly the servers named, and appends go on', async () => {
    const cluster = await TestCluster.start();
    await cluster.client().append(payloads('a'));
    const ops = operationsOn(cluster);
    const servers = ['s2', 's4', 's5'].map(serverId);
    const plan = await reconfigurePlan(ops, { servers });
    const result = await applyReconfigure({ cluster: ops, plan, journal: aJournal(ops) });
    expect(result).toMatchObject({ outcome: 'installed', asWished: true, start: 1n });
    expect((await lastOf(cluster)).nodeset.map((member) => member.serverId).sort()).toEqual(servers);
    await cluster.client().append(payloads('b'));
    expect(await texts(cluster.client())).toEqual(['a', 'b']);
  });

  it('to another durability in two steps, when the last loglet does not allow it', async () => {
    const cluster = await TestCluster.start();
    const ops = operationsOn(cluster);
    const plan = await reconfigurePlan(ops, { durability: { kind: 'majority' } });
    expect(plan).toMatchObject({ prepare: true, decision: 'apply' });
    const result = await applyReconfigure({ cluster: ops, plan, journal: aJournal(ops) });
    expect(result).toMatchObject({ asWished: true, durability: { kind: 'majority' }, segments: 3 });
  });

  it('and refuses, changing nothing, when it could not be sealed or placed', async () => {
    const cluster = await TestCluster.start({ durability: { kind: 'majority' } });
    const ops = operationsOn(cluster);
    for (const member of (await cluster.members()).slice(0, 2)) member.kill();
    const plan = await reconfigurePlan(ops);
    expect(plan).toMatchObject({ decision: 'refuse', last: { sealable: false }, actions: [] });
    expect(await reconfigurePlan(ops, { nodesetSize: 9 })).toMatchObject({ decision: 'refuse' });
    await expect(reconfigurePlan(ops, { servers: [serverId('s9')] })).rejects.toMatchObject({
      code: 'E_UNKNOWN_SERVER',
    });
  });

  it('only while the loglet that the plan was made for is the last one', async () => {
    const cluster = await TestCluster.start();
    const ops = operationsOn(cluster);
    const plan = await reconfigurePlan(ops, { exclude: [serverId('s2')] });
    const journal = aJournal(ops);
    await cluster.client().reconfigure();
    await expect(applyReconfigure({ cluster: ops, plan, journal })).rejects.toMatchObject({
      code: 'E_PLAN_OUT_OF_DATE',
    });
  });

  it('tells a lost register from an unknown log', async () => {
    const cluster = await TestCluster.start();
    const lost = operationsOn(cluster, { metaStore: new MemoryMetaStore() });
    await expect(reconfigurePlan(lost)).rejects.toMatchObject({ code: 'E_METASTORE_LOST' });
    await expect(lookAtReconfigure(lost, logId('other'), {})).rejects.toMatchObject({
      code: 'E_UNKNOWN_LOG',
    });
  });

  it.each([false, true])(
    'and when it is killed at any call and resumed, the log goes on as asked (the last one happened: %s)',
    async (happens) => {
      const { ends, calls } = await killedEverywhere(
        {
          start: async () => {
            const cluster = await TestCluster.start();
            await cluster.client().append(payloads('a'));
            return cluster;
          },
          plan: (ops) => reconfigurePlan(ops, { servers: ['s3', 's4', 's5'].map(serverId) }),
          apply: async (ops, plan, journal) => {
            const result = await applyReconfigure({ cluster: ops, plan, journal });
            expect(result.asWished).toBe(true);
          },
          end: async (cluster) => {
            await cluster.client().append(payloads('b'));
            const { start, nodeset, index } = await lastOf(cluster);
            return { index, start, nodeset, read: await texts(cluster.client()) };
          },
        },
        happens,
      );
      expect(calls).toBeGreaterThan(10);
      expect([...ends]).toHaveLength(1);
    },
  );
});
