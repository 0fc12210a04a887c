import { describe, expect, it } from 'vitest';
import type { Chain } from '../../../src/core/chain.ts';
import { type LogId, logId } from '../../../src/core/ids.ts';
import { MemoryMetaStore } from '../../../src/drivers/memory/metaStore.ts';
import { CLUSTER_ID, LOG, payloads, TestCluster, texts, type World } from '../../support/cluster.ts';
import { applied, operationsOn, planned } from '../../support/recovery.ts';

const RULES = [{ durability: { kind: 'all' }, minNodesetSize: 3, minZones: 0 }] as const;

/** A log of `segments` segments with two entries in each. */
async function grown(segments: number, world: World = {}) {
  const cluster = await TestCluster.start({ nextRules: RULES, ...world });
  const client = cluster.client();
  for (let segment = 0; segment < segments; segment += 1) {
    if (segment > 0) await client.reconfigure();
    await client.append(payloads(`${segment}a`, `${segment}b`));
  }
  return { cluster, client };
}

describe('a lost MetaStore is rebuilt from the loglets', () => {
  it('restores an active log without sealing it, and appends go on through the old chain', async () => {
    const { cluster, client } = await grown(4);
    const into = new MemoryMetaStore();
    const before = await cluster.metaStore.get(LOG);
    const ops = operationsOn(cluster);
    const plan = await planned(ops, { into });
    expect(plan.logs[0]).toMatchObject({ verdict: 'proven', decision: 'install', lastSegment: 'active' });
    await applied(ops, plan, { into });
    await client.append(payloads('after'));
    const chain = await into.get(LOG);
    expect(chain?.segments.map((one) => one.logletId)).toEqual(before?.segments.map((one) => one.logletId));
    expect(await texts(cluster.client({ metaStore: into }))).toEqual([
      '0a',
      '0b',
      '1a',
      '1b',
      '2a',
      '2b',
      '3a',
      '3b',
      'after',
    ]);
  });

  it('seals and extends a log whose last loglet lost a server, and every entry is there', async () => {
    const { cluster } = await grown(3);
    const [first] = await cluster.members();
    first?.kill();
    const into = new MemoryMetaStore();
    const ops = operationsOn(cluster);
    const plan = await planned(ops, { into });
    expect(plan.logs[0]).toMatchObject({ verdict: 'proven', lastSegment: 'sealed', endProof: 'no host' });
    const [result] = await applied(ops, plan, { into });
    expect(result).toMatchObject({ writable: true });
    const client = cluster.client({ metaStore: into });
    await client.append(payloads('after'));
    expect(await texts(client)).toEqual(['0a', '0b', '1a', '1b', '2a', '2b', 'after']);
  });

  it('leaves a log unproven when the silent servers could hold a successor, and names them', async () => {
    const { cluster } = await grown(2);
    for (const name of ['s1', 's2', 's3']) cluster.server(name).kill();
    const plan = await planned(operationsOn(cluster));
    expect(plan.logs[0]).toMatchObject({ verdict: 'unproven', decision: 'refuse' });
    expect(plan.logs[0]?.needs).toContain('--old-metastore-destroyed');
  });

  it('is proven by the repository whoever is silent, as long as the last loglet can be sealed', async () => {
    const { cluster } = await grown(3, { snapshots: 'required' });
    const members = await cluster.members();
    for (const server of cluster.servers.values()) if (server !== members[0]) server.kill();
    const into = new MemoryMetaStore();
    const ops = operationsOn(cluster);
    const plan = await planned(ops, { into });
    expect(plan.logs[0]).toMatchObject({ verdict: 'proven', endProof: 'repository fence' });
    const without = await planned(ops, { into, extra: { useRepository: false } });
    expect(without.logs[0]).toMatchObject({ verdict: 'unproven' });
    const [result] = await applied(ops, plan, { into });
    expect(result).toMatchObject({ writable: false });
  });

  it('goes on from the survivors when the operator accepts loss, and records it in the chain', async () => {
    const { cluster } = await grown(2, {
      durability: { kind: 'majority' },
      nextRules: [{ durability: { kind: 'majority' }, minNodesetSize: 3, minZones: 0 }],
    });
    const [, second, third] = await cluster.members();
    second?.kill();
    third?.kill();
    const into = new MemoryMetaStore();
    const ops = operationsOn(cluster);
    const refused = await planned(ops, { into });
    expect(refused.logs[0]).toMatchObject({ decision: 'refuse', lastSegment: 'unsealable' });
    expect(refused.logs[0]?.wouldSettle).toContainEqual([second?.serverId]);
    const wish = { into, consent: { acceptLoss: new Set([LOG]) } };
    const plan = await planned(ops, wish);
    expect(plan.logs[0]?.decision).toBe('install');
    await applied(ops, plan, wish);
    const chain = await into.get(LOG);
    expect(chain?.segments.at(-2)?.loss).toMatchObject({ from: 4n });
    expect(chain?.segments.at(-2)?.loss?.fencedOutside).toEqual([second?.serverId, third?.serverId].sort());
    const client = cluster.client({ metaStore: into });
    await client.append(payloads('after'));
    expect((await texts(client)).at(-1)).toBe('after');
  });

  it('finds nothing to do where the register is right', async () => {
    const { cluster } = await grown(2);
    const plan = await planned(operationsOn(cluster), { into: cluster.metaStore });
    expect(plan.logs[0]?.decision).toBe('nothing to do');
    expect(plan.actions).toEqual([]);
  });

  it('brings every log under the new generation, also one whose register is still right', async () => {
    const { cluster } = await grown(2);
    const other = logId('2');
    await cluster.client({ logId: other }).create({ clusterId: CLUSTER_ID });
    const into = new MemoryMetaStore();
    await into.compareAndSet(other, undefined, await mustHave(cluster.metaStore, other));
    const ops = operationsOn(cluster, { metaStore: into });
    const plan = await planned(ops, { into });
    expect(plan.logs.map((log) => log.decision)).toEqual(['install', 'install']);
    await applied(ops, plan, { into });
    const client = cluster.client({ logId: other, metaStore: into });
    expect(await client.reconfigure()).toMatchObject({ outcome: 'installed' });
  });

  it('gives the same plan, byte for byte, for the same evidence', async () => {
    const { cluster } = await grown(3);
    const ops = operationsOn(cluster);
    const random = {
      ...cluster.random,
      ulid: () => '01HF7YAT00000000000000AAAA',
      uuid: () => '',
      below: () => 0,
    };
    const [first, second] = [await planned({ ...ops, random }), await planned({ ...ops, random })];
    expect(second.planId).toBe(first.planId);
  });
});

async function mustHave(metaStore: MemoryMetaStore, id: LogId): Promise<Chain> {
  const chain = await metaStore.get(id);
  if (chain === undefined) throw new Error(`no chain of log ${id}`);
  return chain;
}

describe('two recoveries that did not hear each other’s servers', () => {
  it('draw the same number, and still only one of them passes every fence', async () => {
    const { cluster } = await grown(2);
    const ops = operationsOn(cluster);
    const [one, two] = [await planned(ops), await planned(ops)];
    expect(two.generation.number).toBe(one.generation.number);
    const [lesser, greater] = one.generation.recoveryId < two.generation.recoveryId ? [one, two] : [two, one];
    const [into, other] = [new MemoryMetaStore(), new MemoryMetaStore()];
    await applied(ops, greater, { into });
    await expect(applied(ops, lesser, { into: other })).rejects.toMatchObject({ code: 'E_STALE_GENERATION' });
    expect(await other.get(LOG)).toBeUndefined();
  });
});

describe('a server that returns after a recovery', () => {
  it('cannot be used by the old control plane once it is fenced, and the old MetaStore cannot install', async () => {
    const { cluster, client } = await grown(2);
    const into = new MemoryMetaStore();
    const ops = operationsOn(cluster);
    await applied(ops, await planned(ops, { into }), { into });
    await expect(client.reconfigure()).rejects.toMatchObject({ code: 'E_STALE_GENERATION' });
  });
});
