import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { RetirePlan } from '../../../src/codec/plans/membership.ts';
import { FIRST_GENERATION } from '../../../src/core/generation.ts';
import { serverId } from '../../../src/core/ids.ts';
import { MemoryMetaStore } from '../../../src/drivers/memory/metaStore.ts';
import { applyAdmit, lookAtAdmit } from '../../../src/operations/admit/apply.ts';
import { planAdmit } from '../../../src/operations/admit/plan.ts';
import type { Cluster } from '../../../src/operations/cluster.ts';
import { applyRetire, lookAtRetire } from '../../../src/operations/retire/apply.ts';
import { planRetire, type RetireConsent } from '../../../src/operations/retire/plan.ts';
import type { LogServer } from '../../../src/ports/LogServer.ts';
import { Rng } from '../../simulation/sim/rng.ts';
import { LOG, payloads, seenThrough, TestCluster, type World } from '../../support/cluster.ts';
import { around } from '../../support/faults.ts';
import { aJournal, killedEverywhere } from '../../support/journals.ts';
import { applied, operationsOn, planned } from '../../support/recovery.ts';

const S = (id: string) => serverId(id);

async function admitPlan(ops: Cluster, id: string) {
  return planAdmit(await lookAtAdmit(ops, S(id)));
}

async function retirePlan(
  ops: Cluster,
  id: string,
  consent: Partial<RetireConsent> = {},
): Promise<RetirePlan> {
  return planRetire(await lookAtRetire(ops, S(id), { acceptLoss: new Set(), destroyed: false, ...consent }));
}

async function retire(ops: Cluster, id: string, consent: Partial<RetireConsent> = {}): Promise<void> {
  const plan = await retirePlan(ops, id, consent);
  expect(plan).toMatchObject({ decision: 'apply' });
  await applyRetire({ cluster: ops, plan, journal: aJournal(ops) });
}

/** A log whose last loglet lies on s1, s2 and s3, with s5 a member of an earlier one. */
async function withoutLast(world: World = {}): Promise<TestCluster> {
  const cluster = await TestCluster.start(world);
  await cluster.client().reconfigure({ servers: ['s3', 's4', 's5'].map(S) });
  await cluster.client().append(payloads('a', 'b'));
  await cluster.client().reconfigure({ servers: ['s1', 's2', 's3'].map(S) });
  return cluster;
}

/** The same, but of the earlier one two copies only, on s4 and s5. */
async function withTwoCopies(): Promise<TestCluster> {
  const rules = [{ durability: { kind: 'all' }, minNodesetSize: 2, minZones: 0 }] as const;
  const cluster = await TestCluster.start({ nextRules: rules });
  await cluster.client().reconfigure({ servers: ['s4', 's5'].map(S) });
  await cluster.client().append(payloads('a', 'b'));
  await cluster.client().reconfigure({ servers: ['s1', 's2'].map(S) });
  return cluster;
}

/** How many members of the last loglet take appends. */
async function activeOn(cluster: TestCluster): Promise<number> {
  const last = (await cluster.metaStore.get(LOG))?.segments.at(-1);
  const answers = await Promise.all(
    (await cluster.members()).map((member) => member.states(last === undefined ? [] : [last.logletId])),
  );
  return answers.filter(([one]) => one?.answer.ok && one.answer.value.activatedAt !== undefined).length;
}

function wiped(cluster: TestCluster, id: string): void {
  cluster.server(id).wipe();
  cluster.server(id).restart();
}

describe('a new store joins', () => {
  it('at the generation of the last recovery, not at the first', async () => {
    const cluster = await TestCluster.start();
    const into = new MemoryMetaStore();
    const before = operationsOn(cluster);
    await applied(before, await planned(before, { into }), { into });
    const ops = operationsOn(cluster, { metaStore: into });
    wiped(cluster, 's5');
    const plan = await admitPlan(ops, 's5');
    expect(plan).toMatchObject({ decision: 'apply', generation: { number: 2 } });
    await applyAdmit({ cluster: ops, plan, journal: aJournal(ops) });
    expect(await cluster.server('s5').status()).toMatchObject({ generation: plan.generation });
    expect(await admitPlan(ops, 's5')).toMatchObject({ decision: 'nothing to do' });
  });

  it('never when nobody can tell the highest generation', async () => {
    const cluster = await TestCluster.start();
    wiped(cluster, 's5');
    cluster.server('s4').kill();
    const lost = operationsOn(cluster, { metaStore: new MemoryMetaStore() });
    expect(await admitPlan(lost, 's5')).toMatchObject({ decision: 'refuse' });
    // With everybody heard, the servers tell it themselves.
    cluster.server('s4').restart();
    expect(await admitPlan(lost, 's5')).toMatchObject({ decision: 'apply', generation: FIRST_GENERATION });
  });

  it('never under the name of a server that was retired', async () => {
    const cluster = await withoutLast();
    const ops = operationsOn(cluster);
    await retire(ops, 's5');
    wiped(cluster, 's5');
    const plan = await admitPlan(ops, 's5');
    expect(plan.decision).toBe('refuse');
    expect(plan.problems.join()).toContain('taken out of service');
  });

  it('only as the disk that the operator looked at', async () => {
    const cluster = await TestCluster.start();
    const ops = operationsOn(cluster);
    wiped(cluster, 's5');
    const plan = await admitPlan(ops, 's5');
    wiped(cluster, 's5');
    await expect(applyAdmit({ cluster: ops, plan, journal: aJournal(ops) })).rejects.toMatchObject({
      code: 'E_PLAN_OUT_OF_DATE',
    });
    expect((await cluster.server('s5').status()).generation).toBeUndefined();
  });

  it('first of all in a cluster that was never used, and not in one that lost everything but a silent server', async () => {
    const cluster = await TestCluster.empty();
    for (const id of ['s1', 's2', 's3', 's4', 's5']) wiped(cluster, id);
    const ops = operationsOn(cluster);
    expect(await admitPlan(ops, 's1')).toMatchObject({ decision: 'apply', generation: FIRST_GENERATION });
    cluster.server('s4').kill();
    expect(await admitPlan(ops, 's1')).toMatchObject({ decision: 'refuse' });
  });
});

/** Each call goes on its way a drawn number of turns later. */
function delayed(ops: Cluster, rng: Rng): Cluster {
  const wait = async () => {
    for (let turns = rng.below(12); turns > 0; turns -= 1) await nextTurn();
  };
  const late = (server: LogServer) =>
    around(server, (name, call) =>
      name === 'inventory' ? after(wait, call as () => AsyncIterable<unknown>) : wait().then(call),
    );
  return { ...ops, logServers: seenThrough(ops.logServers, late) };
}

async function* after<T>(wait: () => Promise<void>, call: () => AsyncIterable<T>): AsyncIterable<T> {
  await wait();
  yield* call();
}

describe('a server leaves', () => {
  it('and refuses everybody; an activated loglet records its store', async () => {
    const cluster = await withoutLast();
    const ops = operationsOn(cluster);
    await retire(ops, 's5');
    expect(await cluster.server('s5').status()).toMatchObject({ retired: true });
    const chain = await cluster.metaStore.get(LOG);
    expect(chain?.retired).toEqual([(await cluster.server('s5').status()).storeId]);
    expect(chain?.segments.at(-1)?.nodeset.map((member) => member.serverId)).not.toContain('s5');
    expect(await retirePlan(ops, 's5')).toMatchObject({ decision: 'nothing to do' });
  });

  it.each([
    { retired: true, verdict: 'proven' },
    { retired: false, verdict: 'unproven' },
  ])(
    'so that a recovery without it and one more is $verdict (retired: $retired)',
    async ({ retired, verdict }) => {
      const rules = [{ durability: { kind: 'all' }, minNodesetSize: 2, minZones: 0 }] as const;
      const cluster = await withoutLast({ nextRules: rules });
      const ops = operationsOn(cluster);
      if (retired) await retire(ops, 's5');
      const [member] = await cluster.members();
      cluster.server('s5').kill();
      member?.kill();
      // Two silent servers could host a successor that nobody has seen; one of them, retired, cannot.
      expect((await planned(ops)).logs[0]).toMatchObject({ verdict });
    },
  );

  it('not while a log appends to it, or may come to', async () => {
    const cluster = await withoutLast();
    const ops = operationsOn(cluster);
    expect(await retirePlan(ops, 's3')).toMatchObject({
      decision: 'refuse',
      logs: [{ inLastNodeset: true }],
      problems: [expect.stringContaining('reconfigure 1 --exclude s3')],
    });
  });

  it('not when a loglet was put on it after the last look, and before it was told', async () => {
    const cluster = await withoutLast();
    const s5 = cluster.server('s5');
    const late = new Proxy(s5, {
      get: (server, name: keyof typeof s5) => {
        const own = Reflect.get(server, name, server);
        if (name !== 'retire') return typeof own === 'function' ? own.bind(server) : own;
        return async (...args: Parameters<typeof s5.retire>) => {
          await cluster.client().reconfigure({ servers: ['s3', 's4', 's5'].map(S) });
          return await server.retire(...args);
        };
      },
    });
    const ops = operationsOn(cluster, { logServers: new Map([...cluster.servers, [S('s5'), late]]) });
    await expect(retire(ops, 's5')).rejects.toMatchObject({ code: 'E_PLAN_OUT_OF_DATE' });
    expect(await s5.status()).toMatchObject({ retired: false });
    expect((await cluster.metaStore.get(LOG))?.retired).toEqual([]);
  });

  it('not while the only other one that has its entries leaves too, whoever is quicker', async () => {
    const gone: number[] = [];
    for (let seed = 1; seed <= 150; seed += 1) {
      const rng = new Rng(seed, 'calls');
      const cluster = await withTwoCopies();
      const leaving = ['s4', 's5'].map(async (id) => {
        const ops = delayed(operationsOn(cluster), rng);
        await applyRetire({ cluster: ops, plan: await retirePlan(ops, id), journal: aJournal(ops) });
      });
      for (const left of await Promise.allSettled(leaving))
        if (left.status === 'rejected') expect(left.reason).toMatchObject({ code: 'E_PLAN_OUT_OF_DATE' });
      const all = await Promise.all(['s4', 's5'].map((id) => cluster.server(id).status()));
      gone.push(all.filter(({ retired }) => retired).length);
    }
    expect(new Set(gone)).toEqual(new Set([0, 1]));
  });

  it('not while it alone has entries, unless their loss is accepted', async () => {
    const cluster = await withoutLast();
    for (const id of ['s3', 's4']) cluster.server(id).kill();
    const ops = operationsOn(cluster);
    const plan = await retirePlan(ops, 's5');
    expect(plan).toMatchObject({
      decision: 'refuse',
      needs: ['--accept-loss 1'],
      logs: [{ onlyHere: [{ from: 0n, to: 2n }] }],
    });
    expect(await retirePlan(ops, 's5', { acceptLoss: new Set([LOG]) })).toMatchObject({ decision: 'apply' });
  });

  it('silent only when its disk is said to be destroyed', async () => {
    const cluster = await withoutLast();
    const ops = operationsOn(cluster);
    const { storeId } = await cluster.server('s5').status();
    cluster.server('s5').kill();
    expect(await retirePlan(ops, 's5')).toMatchObject({ decision: 'refuse', needs: ['--destroyed'] });
    await retire(ops, 's5', { destroyed: true });
    expect((await cluster.metaStore.get(LOG))?.retired).toEqual([storeId]);
  });

  it('and what was on its disk alone is lost from then on, and no longer only out of reach', async () => {
    const cluster = await withoutLast();
    await cluster.client().reconfigure({ servers: ['s1', 's2'].map(S) });
    for (const id of ['s3', 's4', 's5']) cluster.server(id).kill();
    const read = async () => {
      for await (const _ of cluster.client().read({ from: 0n, to: 1n })) return 'read';
      return 'nothing';
    };
    const accepted = { destroyed: true, acceptLoss: new Set([LOG]) };
    for (const id of ['s3', 's4', 's5']) {
      await expect(read()).rejects.toMatchObject({ code: 'E_UNREACHABLE' });
      await retire(operationsOn(cluster), id, accepted);
    }
    await expect(read()).rejects.toMatchObject({ code: 'E_POSITIONS_LOST' });
  });

  it.each([false, true])(
    'and when that is killed at any call and resumed, it is out and recorded (the last one happened: %s)',
    async (happens) => {
      const { ends, calls } = await killedEverywhere(
        {
          start: () => withoutLast(),
          plan: (ops) => retirePlan(ops, 's5'),
          apply: (ops, plan, journal) => applyRetire({ cluster: ops, plan, journal }),
          end: async (cluster) => {
            const { retired, storeId } = await cluster.server('s5').status();
            const chain = await cluster.metaStore.get(LOG);
            // Before anybody appends: only an activated loglet makes the record count.
            const active = await activeOn(cluster);
            const appended = await cluster.client().append(payloads('c'));
            return [retired, chain?.retired.includes(storeId), chain?.segments.length, active, appended];
          },
        },
        happens,
      );
      expect(calls).toBeGreaterThan(10);
      expect([...ends]).toHaveLength(1);
    },
  );
});
