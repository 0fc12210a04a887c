import { describe, expect, it } from 'vitest';
import { lastSegment } from '../../../src/core/chain.ts';
import { segmentOf } from '../../../src/core/descriptor.ts';
import { serverId } from '../../../src/core/ids.ts';
import { MemoryMetaStore } from '../../../src/drivers/memory/metaStore.ts';
import type { Cluster } from '../../../src/operations/cluster.ts';
import { applyFence } from '../../../src/operations/fence/apply.ts';
import { planFence } from '../../../src/operations/fence/plan.ts';
import { observe } from '../../../src/operations/observe/observe.ts';
import type { LogServer } from '../../../src/ports/LogServer.ts';
import { LOG, payloads, seenThrough, TestCluster, texts } from '../../support/cluster.ts';
import { around, Killed } from '../../support/faults.ts';
import { aJournal } from '../../support/journals.ts';
import { applied, operationsOn, planned } from '../../support/recovery.ts';

const RULES = [{ durability: { kind: 'all' }, minNodesetSize: 3, minZones: 0 }] as const;

async function fencePlan(ops: Cluster) {
  return planFence({ observation: await observe(ops), clusterName: ops.name });
}

/** A cluster that lost its MetaStore while one server was down; it is back, and does not know of the recovery. */
async function recoveredBehindItsBack() {
  const cluster = await TestCluster.start({ nextRules: RULES });
  await cluster.client().append(payloads('a'));
  const [away] = await cluster.members();
  if (away === undefined) throw new Error('no member');
  away.kill();
  const into = new MemoryMetaStore();
  const ops = operationsOn(cluster);
  await applied(ops, await planned(ops, { into }), { into });
  away.restart();
  return { cluster, away, ops: operationsOn(cluster, { metaStore: into }) };
}

describe('a server that returns after a recovery', () => {
  it('is brought under its generation, and what the old control plane asks is refused', async () => {
    const { cluster, away, ops } = await recoveredBehindItsBack();
    const old = (await cluster.metaStore.get(LOG))?.generation;
    const plan = await fencePlan(ops);
    expect(plan.servers.filter((server) => server.state === 'behind').map((one) => one.id)).toEqual([
      away.serverId,
    ]);
    const result = await applyFence({ cluster: ops, plan, journal: aJournal(ops) });
    expect(result.fenced).toEqual([away.serverId]);
    if (old === undefined) throw new Error('no generation');
    expect(await away.adopt(old)).toMatchObject({ ok: false, refusal: { code: 'staleGeneration' } });
    expect(await fencePlan(ops)).toMatchObject({ decision: 'nothing to do' });
  });

  it('has what it alone knows sealed and set aside, never the chain’s own loglets', async () => {
    const { cluster, away, ops } = await recoveredBehindItsBack();
    const orphan = await strayOn(cluster, away);
    const plan = await fencePlan(ops);
    expect(plan.quarantine).toMatchObject([{ logletId: orphan, because: 'an earlier generation made it' }]);
    await applyFence({ cluster: ops, plan, journal: aJournal(ops) });
    const [held] = await away.states([orphan]);
    expect(held?.answer).toMatchObject({ ok: true, value: { sealed: true } });
    const client = cluster.client({ metaStore: ops.metaStore });
    await client.append(payloads('b'));
    expect(await texts(client)).toEqual(['a', 'b']);
  });

  it('with a new disk is reported, and never taken in by the fence', async () => {
    const { away, ops } = await recoveredBehindItsBack();
    away.wipe();
    away.restart();
    const plan = await fencePlan(ops);
    expect(plan.servers.find((server) => server.id === away.serverId)).toMatchObject({
      state: 'not admitted',
    });
    expect(plan.decision).toBe('nothing to do');
    expect((await away.status()).generation).toBeUndefined();
  });
});

describe('a fence', () => {
  it('leaves a reconfiguration under way alone', async () => {
    const cluster = await TestCluster.start();
    const dying = seenThrough(
      cluster.servers,
      (server): LogServer =>
        around(server, (name, call) => {
          if (name === 'activate') throw new Killed();
          return call();
        }),
    );
    const stopped = around(cluster.metaStore, (name, call) => {
      if (name === 'compareAndSet') throw new Killed();
      return call();
    });
    await cluster
      .client({ logServers: dying, metaStore: stopped })
      .reconfigure()
      .catch(() => undefined);
    const plan = await fencePlan(operationsOn(cluster));
    expect(plan).toMatchObject({ decision: 'nothing to do', quarantine: [] });
  });

  it('does not spread the generation of a recovery that stopped half way', async () => {
    const cluster = await TestCluster.start();
    const [first] = await cluster.members();
    await first?.adopt({ number: 2, recoveryId: operationsOn(cluster).random.ulid() as never });
    const plan = await fencePlan(operationsOn(cluster));
    expect(plan.decision).toBe('refuse');
    expect(plan.problems.join()).toContain('not finished');
  });
});

/** The old control plane extends the old chain on the server that is not fenced yet. */
async function strayOn(cluster: TestCluster, away: LogServer) {
  const chain = await cluster.metaStore.get(LOG);
  const held = chain && (await away.states([lastSegment(chain).logletId]))[0]?.answer;
  if (chain === undefined || held === undefined || !held.ok) throw new Error('it has no loglet');
  const { descriptor } = held.value;
  const logletId = cluster.random.ulid() as typeof descriptor.logletId;
  const { storeId, location } = await away.status();
  const nodeset = [{ serverId: serverId(away.serverId), storeId, location }];
  const stray = { ...descriptor, ...segmentOf(descriptor), logletId, index: descriptor.index + 1, nodeset };
  const answer = await away.provision(chain.generation, stray);
  if (!answer.ok) throw new Error(answer.refusal.code);
  return logletId;
}
