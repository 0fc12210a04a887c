import { describe, expect, it } from 'vitest';
import { toJson } from '../../../src/codec/common.ts';
import { assessmentSchema } from '../../../src/codec/results/assess.ts';
import { chainDigest, extendChain, identityOf } from '../../../src/core/chain.ts';
import { PortError } from '../../../src/core/errors.ts';
import { serverId } from '../../../src/core/ids.ts';
import { assess } from '../../../src/operations/assess/assess.ts';
import { LOG, payloads, TestCluster, type World } from '../../support/cluster.ts';
import { operationsOn } from '../../support/recovery.ts';

/** A log of so many segments, two entries in each. */
async function grown(segments: number, world: World = {}) {
  const cluster = await TestCluster.start(world);
  const client = cluster.client();
  for (let segment = 0; segment < segments; segment += 1) {
    if (segment > 0) await client.reconfigure();
    await client.append(payloads(`${segment}a`, `${segment}b`));
  }
  return cluster;
}

async function assessed(cluster: TestCluster) {
  const assessment = await assess(operationsOn(cluster));
  // What is printed must be what the schema promises.
  assessmentSchema.parse(JSON.parse(toJson(assessment)));
  return assessment;
}

async function codes(cluster: TestCluster): Promise<string[]> {
  return (await assessed(cluster)).findings.filter((one) => one.severity !== 'info').map((one) => one.code);
}

async function register(cluster: TestCluster) {
  const chain = await cluster.metaStore.get(LOG);
  if (chain === undefined) throw new Error('the register is empty');
  return chain;
}

describe('a healthy cluster', () => {
  it('has nothing wrong with it, and shows the chain of the register', async () => {
    const cluster = await grown(3);
    const assessment = await assessed(cluster);
    expect(assessment.verdict).toBe('ok');
    expect(assessment.metaStore.health).toBe('ok');
    expect(assessment.logServers.map((one) => one.state)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    expect(assessment.logs).toMatchObject([
      {
        logId: '1',
        chainFrom: 'register',
        version: 3,
        tail: 6n,
        tailKind: 'acknowledged',
        writable: true,
        ifMetaStoreLost: { verdict: 'proven' },
        segments: [
          { index: 0, start: 0n, end: 2n, state: 'sealed', sealable: true, underReplicated: false },
          { index: 1, start: 2n, end: 4n, state: 'sealed' },
          { index: 2, start: 4n, end: null, state: 'active', lossesUntilUnsealable: 3, durability: 'all' },
        ],
      },
    ]);
  });

  it('names the single losses that would make the last loglet unsealable', async () => {
    const cluster = await grown(1, {
      servers: 3,
      zones: 2,
      durability: { kind: 'majority' },
    });
    const [log] = (await assessed(cluster)).logs;
    expect(log?.segments.at(-1)?.lossesUntilUnsealable).toBe(2);
    // Two of the three stand in one zone: their majority is what a seal quorum must meet.
    expect(log?.unsealableAfterLossOf).toEqual({ servers: [], zones: ['r1/z1'] });
  });
});

describe('the MetaStore', () => {
  it('is lost when its register is empty and a chain exists', async () => {
    const cluster = await grown(4);
    cluster.metaStore.lose();
    const assessment = await assessed(cluster);
    expect(assessment.metaStore.health).toBe('lost');
    expect(assessment.findings[0]).toMatchObject({
      code: 'METASTORE_LOST',
      severity: 'critical',
      playbook: 'metastore-lost',
      logId: '1',
    });
    expect(assessment.logs[0]).toMatchObject({ chainFrom: 'evidence', writable: true });
    expect(assessment.logs[0]?.segments).toHaveLength(4);
  });

  it('may be silent: the chain is then what servers know', async () => {
    const cluster = await grown(2);
    const down = async () => {
      throw new PortError('unavailable', { subject: 'metastore', message: 'connection refused' });
    };
    const metaStore = Object.assign(cluster.metaStore, { get: down, list: down, health: down });
    const assessment = await assess(operationsOn(cluster, { metaStore }));
    expect(assessment.metaStore).toMatchObject({ health: 'lost', problem: 'metastore: connection refused' });
    expect(assessment.findings.map((one) => one.code)).toContain('METASTORE_UNREACHABLE');
    expect(assessment.findings.map((one) => one.code)).not.toContain('METASTORE_LOST');
    expect(assessment.logs[0]?.segments).toHaveLength(2);
  });

  it('may hold a register that cannot be read, which hides no other finding', async () => {
    const cluster = await grown(2);
    const get = async () => {
      throw new PortError('corrupt', { subject: 'metastore get', message: 'its digest does not match' });
    };
    const metaStore = Object.assign(cluster.metaStore, { get });
    const assessment = await assess(operationsOn(cluster, { metaStore }));
    expect(assessment.findings[0]).toMatchObject({ code: 'REGISTER_UNREADABLE', logId: '1' });
    expect(assessment.logs[0]?.segments).toHaveLength(2);
  });

  it('is stale when an old register was put back', async () => {
    const cluster = await grown(2);
    const old = await register(cluster);
    await cluster.client().reconfigure();
    cluster.metaStore.lose();
    await cluster.metaStore.compareAndSet(LOG, undefined, old);
    const assessment = await assessed(cluster);
    expect(assessment.findings[0]).toMatchObject({ code: 'METASTORE_STALE', logId: '1' });
    expect(assessment.logs[0]?.segments).toHaveLength(3);
  });

  it('is not called stale for a reconfiguration that came between two questions', async () => {
    const cluster = await grown(2);
    const servers = new Map(cluster.servers);
    const [first] = servers.values();
    if (first === undefined) throw new Error('no server');
    let isFirst = true;
    const racing = {
      ...first,
      serverId: first.serverId,
      async *inventory() {
        // The registers were read already: what follows looks newer than they are.
        if (isFirst) await cluster.client().reconfigure();
        isFirst = false;
        yield* first.inventory();
      },
    };
    const logServers = new Map<typeof first.serverId, typeof first | typeof racing>(servers).set(
      first.serverId,
      racing,
    );
    const assessment = await assess(operationsOn(cluster, { logServers: logServers as never }));
    expect(isFirst).toBe(false);
    expect(assessment.findings.map((one) => one.code)).not.toContain('METASTORE_STALE');
    expect(assessment.logs[0]?.segments).toHaveLength(3);
  });
});

describe('servers', () => {
  it('are unreachable, not gone, and what hangs on them is said', async () => {
    const cluster = await grown(2, { servers: 3 });
    cluster.server('s2').kill();
    const assessment = await assessed(cluster);
    expect(assessment.logServers.find((one) => one.id === 's2')?.state).toBe('unreachable');
    expect(assessment.findings.map((one) => one.code)).toEqual(
      expect.arrayContaining(['LOG_NOT_WRITABLE', 'SERVER_UNREACHABLE', 'SEGMENT_UNDER_REPLICATED']),
    );
    expect(assessment.logs[0]).toMatchObject({
      writable: false,
      tail: 2n,
      tailIfSealed: 4n,
      loss: { unknownOutcomeResolved: [{ from: 2n, to: 4n }] },
      segments: [{ state: 'sealed' }, { state: 'active', end: null }],
    });
  });

  it('are stale under an older generation, and unadmitted with a new disk', async () => {
    const cluster = await grown(1, { servers: 5 });
    const later = { number: 2, recoveryId: cluster.random.ulid() as never };
    for (const name of ['s1', 's2', 's3', 's4']) await cluster.server(name).adopt(later);
    cluster.server('s4').wipe();
    cluster.server('s4').restart();
    const assessment = await assessed(cluster);
    expect(assessment.cluster.generation).toEqual(later);
    expect(Object.fromEntries(assessment.logServers.map((one) => [one.id, one.state]))).toMatchObject({
      s1: 'ok',
      s4: 'unadmitted',
      s5: 'stale',
    });
    const next = assessment.findings.map((one) => one.next);
    expect(next).toContain('vlog-dr fence');
    expect(next).toContain('vlog-dr admit s4');
  });

  it('of another cluster are foreign; when all are, the configuration is wrong', async () => {
    const cluster = await grown(1, { servers: 3 });
    const other = '00000000-0000-4000-8000-0000000000ff' as never;
    await expect(assess({ ...operationsOn(cluster), clusterId: other })).rejects.toMatchObject({
      code: 'E_WRONG_CLUSTER',
    });
    const stranger = cluster.server('s3');
    const own = stranger.inventory.bind(stranger);
    stranger.inventory = async function* (query) {
      for await (const item of own(query))
        yield item.item === 'server' ? { ...item, status: { ...item.status, clusterId: other } } : item;
    };
    const { logServers } = await assessed(cluster);
    expect(logServers.map((one) => one.state)).toEqual(['ok', 'ok', 'foreign']);
  });

  it('all silent and no MetaStore: nothing is known', async () => {
    const cluster = await grown(1);
    for (const server of cluster.servers.values()) server.kill();
    const list = async () => {
      throw new PortError('unavailable', { subject: 'metastore', message: 'connection refused' });
    };
    const metaStore = Object.assign(cluster.metaStore, { list });
    expect((await assess(operationsOn(cluster, { metaStore }))).verdict).toBe('unreachable');
  });
});

describe('the last loglet', () => {
  it('is unsealable when silent servers may have acknowledged alone; who would settle it is named', async () => {
    const cluster = await grown(2, { servers: 3, durability: { kind: 'majority' } });
    cluster.server('s1').kill();
    cluster.server('s2').kill();
    const assessment = await assessed(cluster);
    const finding = assessment.findings.find((one) => one.code === 'LOGLET_UNSEALABLE');
    expect(finding).toMatchObject({ severity: 'critical', servers: ['s1', 's2'] });
    expect(finding?.message).toContain('s1, or s2');
    expect(assessment.logs[0]?.segments.at(-1)).toMatchObject({ sealable: false, lossesUntilUnsealable: 0 });
  });

  it('is one loss from unsealable when members are missing', async () => {
    const cluster = await grown(1, { servers: 3, durability: { kind: 'majority' } });
    cluster.server('s1').kill();
    const assessment = await assessed(cluster);
    expect(assessment.findings).toContainEqual(
      expect.objectContaining({
        code: 'LOGLET_ONE_LOSS_FROM_UNSEALABLE',
        severity: 'warning',
        servers: ['s2', 's3'],
      }),
    );
  });

  it('sealed without a successor leaves the log stuck', async () => {
    const cluster = await grown(1);
    const chain = await register(cluster);
    const [segment] = chain.segments;
    const [member] = await cluster.members();
    if (segment === undefined || member === undefined) throw new Error('no segment');
    await member.seal(chain.generation, [segment.logletId]);
    expect(await codes(cluster)).toContain('LOG_STUCK_SEALED');
  });

  it('installed and not activated leaves the log stuck', async () => {
    const cluster = await grown(1);
    const chain = await register(cluster);
    const members = await cluster.members();
    const [segment] = chain.segments;
    if (segment?.sequencer === undefined) throw new Error('no segment');
    const sequencer = segment.sequencer;
    const descriptor = {
      clusterId: chain.clusterId,
      logId: LOG,
      logletId: cluster.random.ulid() as typeof segment.logletId,
      kind: 'native' as const,
      index: 1,
      start: 2n,
      nodeset: segment.nodeset,
      durability: segment.durability,
      nextRules: chain.nextRules,
      snapshots: chain.snapshots,
      sequencer,
      chainVersion: 2,
      generation: chain.generation,
      lineage: [],
      chainDigest: chainDigest(chain),
      retired: [],
      stores: [],
      createdAt: 0,
    };
    for (const member of members) await member.seal(chain.generation, [segment.logletId]);
    for (const member of members) await member.provision(chain.generation, descriptor);
    const { kind, index, start, nodeset, durability, logletId, nextRules, snapshots } = descriptor;
    const next = extendChain(
      chain,
      { kind, index, start, nodeset, durability, logletId, sequencer },
      { nextRules, snapshots },
    );
    await cluster.metaStore.compareAndSet(LOG, identityOf(chain), next);
    expect(await codes(cluster)).toEqual(['LOG_NOT_ACTIVATED']);
  });

  it('without its sequencer process takes appends again after a reconfiguration', async () => {
    const cluster = await grown(1);
    (await cluster.sequencer()).restart();
    expect(await codes(cluster)).toEqual(['SEQUENCER_GONE']);
    await cluster.client().reconfigure();
    expect(await codes(cluster)).toEqual([]);
  });
});

describe('data', () => {
  it('that no answering server holds may be on the silent ones', async () => {
    const cluster = await grown(2, { servers: 6, durability: { kind: 'all' } });
    const [first] = (await register(cluster)).segments;
    for (const member of first?.nodeset ?? []) cluster.server(member.serverId).kill();
    const assessment = await assessed(cluster);
    expect(assessment.findings.map((one) => one.code)).toContain('SEGMENT_UNREADABLE');
    expect(assessment.findings.map((one) => one.code)).not.toContain('SEGMENT_LOST');
    expect(assessment.logs[0]?.segments[0]?.missing).toEqual([{ from: 0n, to: 2n }]);
  });

  it('is lost when every disk that held it was replaced', async () => {
    const cluster = await grown(2, { servers: 6 });
    const [first] = (await register(cluster)).segments;
    for (const member of first?.nodeset ?? []) {
      cluster.server(member.serverId).wipe();
      cluster.server(member.serverId).restart();
    }
    const lost = (await assessed(cluster)).findings.find((one) => one.code === 'SEGMENT_LOST');
    expect(lost).toMatchObject({ severity: 'critical', logId: '1' });
  });

  it('damaged on a server is reported once it was noticed', async () => {
    const cluster = await grown(2);
    const [first] = (await register(cluster)).segments;
    const [member] = first?.nodeset ?? [];
    if (first === undefined || member === undefined) throw new Error('no segment');
    const server = cluster.server(member.serverId);
    server.disk.damage(first.logletId, 1n);
    await server.read({ logletId: first.logletId, from: 1n, to: 2n, uncommitted: true });
    const finding = (await assessed(cluster)).findings.find((one) => one.code === 'ENTRIES_CORRUPT');
    expect(finding).toMatchObject({ servers: [member.serverId], next: 'vlog-dr repair' });
  });
});

describe('what would be lost now', () => {
  it('is nothing beyond a living register: what servers alone could not show is no loss', async () => {
    const cluster = await grown(3);
    (await cluster.members())[0]?.kill();
    expect((await assessed(cluster)).logs[0]).toMatchObject({
      ifMetaStoreLost: { verdict: 'unproven' },
      loss: { lost: [], possiblyLost: [] },
    });
    // Without the register, nobody can rule out an unseen successor on the silent server.
    cluster.metaStore.lose();
    expect((await assessed(cluster)).logs[0]?.loss.possiblyLost).toEqual([{ from: 4n }]);
  });

  it('is everything after what survivors hold when the last loglet cannot be sealed', async () => {
    const cluster = await grown(1, { servers: 3, durability: { kind: 'majority' } });
    cluster.server('s1').kill();
    cluster.server('s2').kill();
    expect((await assessed(cluster)).logs[0]?.loss.possiblyLost).toEqual([{ from: 2n }]);
  });
});

describe('backups', () => {
  it('are as new as the register when every version was written', async () => {
    const cluster = await grown(3, { snapshots: 'required' });
    const assessment = await assessed(cluster);
    expect(assessment.backup).toMatchObject({ lastVersion: 3, behind: 0 });
    expect(assessment.verdict).toBe('ok');
  });

  it('lie behind by the versions that were not written', async () => {
    const cluster = await grown(2, { snapshots: 'best-effort' });
    await cluster.clientWithoutRepository().reconfigure();
    const assessment = await assessed(cluster);
    expect(assessment.backup).toMatchObject({ lastVersion: 2, behind: 1 });
    expect(assessment.findings).toContainEqual(
      expect.objectContaining({ code: 'BACKUP_BEHIND', next: 'vlog-dr backup' }),
    );
  });

  it('that are broken are named', async () => {
    const cluster = await grown(2, { snapshots: 'required' });
    for await (const key of cluster.repository.list(''))
      if (/0002\.json$/.test(key)) await cluster.repository.put(key, new TextEncoder().encode('{}'));
    expect(await codes(cluster)).toContain('SNAPSHOT_BROKEN');
  });
});

describe('the chain', () => {
  it('of a recovery that was not verified is frozen', async () => {
    const cluster = await grown(1);
    const chain = await register(cluster);
    await cluster.metaStore.compareAndSet(LOG, identityOf(chain), { ...chain, version: 2, frozen: true });
    const finding = (await assessed(cluster)).findings.find((one) => one.code === 'RECOVERY_NOT_VERIFIED');
    expect(finding?.next).toBe('vlog-dr verify --apply');
  });

  it('tells of loss that an operator accepted', async () => {
    const cluster = await grown(2);
    const chain = await register(cluster);
    const [first, last] = chain.segments;
    if (first === undefined || last === undefined) throw new Error('no segments');
    const loss = { from: 1n, fencedOutside: [serverId('s9')], reason: 'the datacenter burnt' };
    const next = { ...chain, version: 3, segments: [{ ...first, loss }, last] };
    await cluster.metaStore.compareAndSet(LOG, identityOf(chain), next);
    const finding = (await assessed(cluster)).findings.find((one) => one.code === 'LOSS_RECORDED');
    expect(finding?.message).toContain('the datacenter burnt');
  });
});
