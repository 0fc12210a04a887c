import { describe, expect, it } from 'vitest';
import { NO_EVIDENCE } from '../../../src/codec/evidenceOptions.ts';
import { decodePlanFile, encodePlanFile } from '../../../src/codec/plans/planFile.ts';
import type { RepairPlan } from '../../../src/codec/plans/repair.ts';
import { identityOf } from '../../../src/core/chain.ts';
import type { MemoryLogServer } from '../../../src/drivers/memory/logServer.ts';
import { entryKey } from '../../../src/logserver/overlay.ts';
import { lookAt } from '../../../src/operations/assess/look.ts';
import type { Cluster } from '../../../src/operations/cluster.ts';
import { applyRepair } from '../../../src/operations/repair/apply.ts';
import { planRepair } from '../../../src/operations/repair/plan.ts';
import { verify } from '../../../src/operations/verify/verify.ts';
import type { LogServer } from '../../../src/ports/LogServer.ts';
import { memoryJournal } from '../../../src/runs/journal.ts';
import { LOG, payloads, seenThrough, TestCluster, texts } from '../../support/cluster.ts';
import { around, Killed, Life } from '../../support/faults.ts';
import { operationsOn } from '../../support/recovery.ts';

/** Segment 0 lacks a copy of its second half: a member was away when it was sealed. It is back; segment 1 is open. */
async function lagging() {
  const cluster = await TestCluster.start({ servers: 4 });
  const client = cluster.client();
  await client.append(payloads('a', 'b'));
  const sequencer = await cluster.sequencer();
  const away = (await cluster.members()).find((member) => member !== sequencer);
  if (away === undefined) throw new Error('no member');
  const [segment] = (await register(cluster)).segments;
  if (segment === undefined) throw new Error('no segment');
  // What it held of the end is gone, as if its last write had not come to it: the others acknowledged alone.
  truncate(away, segment.logletId, 1n);
  away.kill();
  await client.reconfigure();
  await client.append(payloads('c'));
  away.restart();
  return { cluster, away, segment };
}

function truncate(
  server: MemoryLogServer,
  logletId: Parameters<MemoryLogServer['disk']['damage']>[0],
  at: bigint,
) {
  const record = server.disk.loglets.get(logletId);
  if (record === undefined) throw new Error('not held');
  for (let position = at; position < record.localTail; position += 1n)
    server.disk.entries.delete(entryKey(record.copy, position));
  server.disk.loglets.set(logletId, { ...record, localTail: at, knownCommitted: record.start });
}

async function register(cluster: TestCluster) {
  const chain = await cluster.metaStore.get(LOG);
  if (chain === undefined) throw new Error('the register is empty');
  return chain;
}

async function planned(cluster: Cluster): Promise<RepairPlan> {
  const plan = planRepair({
    cluster: { id: cluster.clusterId, name: cluster.name },
    look: await lookAt(cluster),
  });
  // As it would be kept in a file, and read back by `apply`.
  return decodePlanFile('plan.json', encodePlanFile({ plan, evidence: NO_EVIDENCE })).plan as RepairPlan;
}

function apply(cluster: Cluster, plan: RepairPlan, journal = newJournal(cluster)) {
  return applyRepair({ cluster, plan, journal: journal.journal });
}

function newJournal({ random, clock }: Cluster) {
  return memoryJournal({ runId: random.ulid(), clock });
}

describe('a copy that lacks the end of a segment', () => {
  it('is told of the end and completed from the others; then everything is whole', async () => {
    const { cluster, away } = await lagging();
    const ops = operationsOn(cluster);
    expect((await verify(ops)).verdict).toBe('risk');
    const plan = await planned(ops);
    expect(plan.logs[0]?.segments).toMatchObject([
      {
        index: 0,
        end: 2n,
        close: { servers: [away.serverId], record: { end: 2n } },
        copies: [{ server: away.serverId, missing: { from: 1n, to: 2n }, damaged: [] }],
      },
    ]);
    expect(await apply(ops, plan)).toEqual({ added: 1, healed: 0, failed: [], left: [], again: false });
    expect(await verify(ops)).toMatchObject({ verdict: 'ok', problems: [] });
    expect((await planned(ops)).decision).toBe('nothing to do');
  });

  it('is all that is left of a segment after the repair, and serves it', async () => {
    const { cluster, away, segment } = await lagging();
    const ops = operationsOn(cluster);
    await apply(ops, await planned(ops));
    for (const member of segment.nodeset)
      if (member.serverId !== away.serverId) cluster.server(member.serverId).kill();
    expect(await texts(cluster.client(), { to: 2n })).toEqual(['a', 'b']);
  });

  it('is not repaired in the last segment: that one its sequencer completes', async () => {
    const cluster = await TestCluster.start({ servers: 3, durability: { kind: 'majority' } });
    await cluster.client().append(payloads('a', 'b'));
    const [segment] = (await register(cluster)).segments;
    const [member] = await cluster.members();
    if (segment === undefined || member === undefined) throw new Error('no segment');
    truncate(member, segment.logletId, 1n);
    expect((await planned(operationsOn(cluster))).decision).toBe('nothing to do');
  });

  it('waits while the end of its segment is not final', async () => {
    const { cluster } = await lagging();
    const chain = await register(cluster);
    const last = chain.segments.at(-1);
    // The last loglet is installed and active nowhere: a recovery may still drop it, and move the end.
    for (const server of cluster.servers.values())
      for (const [id, { activatedAt, close: _, ...record }] of server.disk.loglets)
        server.disk.loglets.set(
          id,
          id === last?.logletId || activatedAt === undefined ? record : { ...record, activatedAt },
        );
    expect((await planned(operationsOn(cluster))).logs).toEqual([]);
  });
});

describe('a damaged entry', () => {
  it('is replaced by the sound one of another copy', async () => {
    const { cluster, away, segment } = await lagging();
    const ops = operationsOn(cluster);
    await apply(ops, await planned(ops));
    away.disk.damage(segment.logletId, 0n);
    expect((await verify(ops)).problems.map((one) => one.kind)).toEqual(['damaged']);
    const plan = await planned(ops);
    expect(plan.logs[0]?.segments[0]?.copies).toMatchObject([{ server: away.serverId, damaged: [0n] }]);
    expect(await apply(ops, plan)).toMatchObject({ healed: 1, left: [], again: false });
    expect((await verify(ops)).verdict).toBe('ok');
  });

  it('that is damaged everywhere stays, and is said to', async () => {
    const { cluster, segment } = await lagging();
    const ops = operationsOn(cluster);
    await apply(ops, await planned(ops));
    for (const member of segment.nodeset) cluster.server(member.serverId).disk.damage(segment.logletId, 0n);
    await verify(ops);
    const plan = await planned(ops);
    expect(plan.decision).toBe('nothing to do');
    expect(plan.left.map((one) => one.because)).toEqual(
      Array(3).fill('no server that answers has what it lacks'),
    );
  });
});

describe('what cannot be repaired in place', () => {
  it('grows no further than the others go on without a hole', async () => {
    const { cluster, away, segment } = await lagging();
    const ops = operationsOn(cluster);
    for (const member of segment.nodeset)
      if (member.serverId !== away.serverId)
        cluster.server(member.serverId).disk.damage(segment.logletId, 1n);
    await verify(ops);
    const plan = await planned(ops);
    expect(plan.logs[0]?.segments[0]?.copies).toEqual([]);
    expect(plan.left).toHaveLength(3);
  });

  it('is named with its reason: silent, or another disk', async () => {
    const { cluster, away } = await lagging();
    away.wipe();
    away.restart();
    const ops = operationsOn(cluster);
    expect((await planned(ops)).left).toMatchObject([
      { server: away.serverId, index: 0, because: 'its disk was replaced' },
    ]);
    away.kill();
    expect((await planned(ops)).left).toMatchObject([{ because: 'it does not answer' }]);
  });
});

describe('a repair is refused', () => {
  it('when the register is lost: nobody can say where segments end', async () => {
    const { cluster } = await lagging();
    cluster.metaStore.lose();
    const plan = await planned(operationsOn(cluster));
    expect(plan).toMatchObject({ decision: 'refuse', logs: [] });
    expect(plan.problems[0]).toContain('is empty');
  });

  it('when the register changed since it was planned', async () => {
    const { cluster } = await lagging();
    const ops = operationsOn(cluster);
    const plan = await planned(ops);
    const chain = await register(cluster);
    const [, ...later] = chain.segments;
    await cluster.metaStore.compareAndSet(LOG, identityOf(chain), {
      ...chain,
      version: chain.version + 1,
      segments: later,
    });
    await expect(apply(ops, plan)).rejects.toMatchObject({ code: 'E_PLAN_OUT_OF_DATE' });
  });

  it('by a server under a later generation: a recovery holds the cluster', async () => {
    const { cluster, away } = await lagging();
    const ops = operationsOn(cluster);
    const plan = await planned(ops);
    await away.adopt({ number: 9, recoveryId: cluster.random.ulid() as never });
    await expect(apply(ops, plan)).rejects.toMatchObject({ code: 'E_STALE_GENERATION' });
  });
});

it('a recovery that begins in the middle of a repair stops it', async () => {
  const { cluster, away } = await lagging();
  const ops = operationsOn(cluster);
  const plan = await planned(ops);
  const later = { number: 9, recoveryId: cluster.random.ulid() as never };
  const logServers = seenThrough(cluster.servers, (server) =>
    around<LogServer>(server, async (name, call) => {
      if (name === 'repair') await away.adopt(later);
      return call();
    }),
  );
  await expect(apply({ ...ops, logServers }, plan)).rejects.toMatchObject({ code: 'E_STALE_GENERATION' });
});

it('a member that falls silent costs its own copy only, and the next repair does the rest', async () => {
  const { cluster, away } = await lagging();
  const ops = operationsOn(cluster);
  const plan = await planned(ops);
  away.kill();
  const result = await apply(ops, plan);
  expect(result.failed.map((one) => one.step)).toEqual([
    'log 1, segment 0: close',
    `log 1, segment 0: complete ${away.serverId}`,
  ]);
  away.restart();
  expect(await apply(ops, await planned(ops))).toMatchObject({ added: 1, failed: [], again: false });
});

it('killed at any call and resumed, a repair ends the same', async () => {
  for (let calls = 0; ; calls += 1) {
    const { cluster, away, segment } = await lagging();
    const ops = operationsOn(cluster);
    const plan = await planned(ops);
    const life = new Life(calls, calls % 2 === 0);
    const first = newJournal(ops);
    const mortal: Cluster = {
      ...ops,
      metaStore: life.of(cluster.metaStore),
      logServers: seenThrough(cluster.servers, (server) => life.of<LogServer>(server)),
    };
    const outcome = await apply(mortal, plan, first).catch((error: unknown) => error);
    if (!life.ended) {
      expect(outcome).toMatchObject({ again: false });
      expect(calls).toBeGreaterThan(5);
      return;
    }
    expect(outcome).toBeInstanceOf(Killed);
    const resumed = memoryJournal({ runId: first.journal.runId, clock: ops.clock, earlier: first.records });
    expect(await apply(ops, plan, resumed)).toMatchObject({ failed: [], left: [], again: false });
    expect(away.disk.loglets.get(segment.logletId)).toMatchObject({ localTail: 2n, close: { end: 2n } });
    expect((await verify(ops)).verdict).toBe('ok');
  }
});

it('a copy that differs is never overwritten', async () => {
  const { cluster, away, segment } = await lagging();
  const ops = operationsOn(cluster);
  const plan = await planned(ops);
  const logServers = seenThrough(cluster.servers, (server) =>
    server.serverId !== away.serverId
      ? server
      : around<LogServer>(server, (name, call) => {
          // Between the plan and the repair it got another entry there.
          if (name === 'repair') forge(away, segment.logletId);
          return call();
        }),
  );
  await expect(apply({ ...ops, logServers }, plan)).rejects.toMatchObject({ code: 'E_CONTRADICTION' });
});

/** Its disk was another for a while: what a process has read of its own disk it does not read again. */
function forge(server: MemoryLogServer, logletId: Parameters<MemoryLogServer['disk']['damage']>[0]): void {
  server.kill();
  const record = server.disk.loglets.get(logletId);
  const other = server.disk.entries.get(entryKey(record?.copy ?? 0, 0n));
  if (record === undefined || other === undefined) throw new Error('nothing to forge from');
  server.disk.entries.set(entryKey(record.copy, 1n), { ...other, position: 1n });
  server.disk.loglets.set(logletId, { ...record, localTail: 2n });
  server.restart();
}
