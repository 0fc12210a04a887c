import { describe, expect, it } from 'vitest';
import { toJson } from '../../../src/codec/common.ts';
import { verificationSchema } from '../../../src/codec/results/verify.ts';
import { identityOf } from '../../../src/core/chain.ts';
import type { MemoryLogServer } from '../../../src/drivers/memory/logServer.ts';
import { entryKey } from '../../../src/logserver/overlay.ts';
import { verify } from '../../../src/operations/verify/verify.ts';
import type { LogServer } from '../../../src/ports/LogServer.ts';
import { LOG, payloads, seenThrough, TestCluster, type World } from '../../support/cluster.ts';
import { around } from '../../support/faults.ts';
import { operationsOn } from '../../support/recovery.ts';

/** A log of three segments with four entries each. */
async function grown(world: World = {}) {
  const cluster = await TestCluster.start(world);
  const client = cluster.client();
  for (let segment = 0; segment < 3; segment += 1) {
    if (segment > 0) await client.reconfigure();
    await client.append(
      payloads('a', 'b', 'c', 'd').map((payload, place) => Uint8Array.of(segment, place, ...payload)),
    );
  }
  return cluster;
}

async function verified(cluster: TestCluster, options: Parameters<typeof verify>[1] = {}) {
  const result = await verify(operationsOn(cluster), options);
  verificationSchema.parse(JSON.parse(toJson(result)));
  return result;
}

async function register(cluster: TestCluster) {
  const chain = await cluster.metaStore.get(LOG);
  if (chain === undefined) throw new Error('the register is empty');
  return chain;
}

/** A segment, and the servers that hold it. */
async function segmentOf(cluster: TestCluster, index: number) {
  const segment = (await register(cluster)).segments[index];
  if (segment === undefined) throw new Error(`no segment ${index}`);
  return { segment, servers: segment.nodeset.map((member) => cluster.server(member.serverId)) };
}

/** Another payload with a sound checksum, as a bug or a forger would leave it. */
function forge(
  server: MemoryLogServer,
  logletId: Parameters<MemoryLogServer['disk']['damage']>[0],
  from: bigint,
  to: bigint,
) {
  const copy = server.disk.loglets.get(logletId)?.copy ?? 0;
  const other = server.disk.entries.get(entryKey(copy, from));
  if (other === undefined) throw new Error('nothing to forge from');
  server.disk.entries.set(entryKey(copy, to), { ...other, position: to });
}

describe('everything is read back', () => {
  it('from every copy of every segment, the active one included', async () => {
    const cluster = await grown({ snapshots: 'required' });
    // What the stores of the last segment know to be committed is what can be held against each other.
    await cluster.client().reconfigure();
    const result = await verified(cluster);
    expect(result).toMatchObject({ ok: true, verdict: 'ok', problems: [] });
    expect(result.checked).toMatchObject({ logs: 1, segments: 4, positions: 12, entries: 36, snapshots: 4 });
  });

  it('in chunks: a segment larger than a window is read whole', async () => {
    const cluster = await TestCluster.start();
    const client = cluster.client();
    const many = Array.from({ length: 2_500 }, (_, place) => new TextEncoder().encode(`entry ${place}`));
    for (let from = 0; from < many.length; from += 500) await client.append(many.slice(from, from + 500));
    await client.reconfigure();
    const { segment, servers } = await segmentOf(cluster, 0);
    servers[1]?.disk.damage(segment.logletId, 2_077n);
    const result = await verified(cluster);
    expect(result.checked).toMatchObject({ positions: 2_500, entries: 7_499 });
    expect(result.problems).toMatchObject([{ kind: 'damaged', positions: [{ from: 2_077n, to: 2_078n }] }]);
  });
});

describe('a copy', () => {
  it('with a damaged entry is a risk, as long as another is sound', async () => {
    const cluster = await grown();
    const { segment, servers } = await segmentOf(cluster, 1);
    servers[0]?.disk.damage(segment.logletId, 5n);
    const result = await verified(cluster);
    expect(result.verdict).toBe('risk');
    expect(result.problems).toMatchObject([
      { weighs: 'risk', kind: 'damaged', servers: [servers[0]?.serverId], next: 'vlog-dr repair' },
    ]);
  });

  it('damaged everywhere is a loss, and told once', async () => {
    const cluster = await grown();
    const { segment, servers } = await segmentOf(cluster, 1);
    for (const server of servers) server.disk.damage(segment.logletId, 5n);
    const first = await verified(cluster);
    expect(first.verdict).toBe('loss');
    expect(first.problems.filter((one) => one.weighs === 'loss')).toMatchObject([
      { kind: 'lost', positions: [{ from: 5n, to: 6n }] },
    ]);
    // The stores have noticed by now: the states tell it, and reading does not repeat it.
    const second = await verified(cluster);
    expect(second.problems.filter((one) => one.weighs === 'loss')).toMatchObject([{ code: 'SEGMENT_LOST' }]);
  });

  it('damaged everywhere but on a silent server may still be had', async () => {
    const cluster = await grown();
    const { segment, servers } = await segmentOf(cluster, 1);
    const [silent, ...others] = servers;
    silent?.kill();
    for (const server of others) server.disk.damage(segment.logletId, 5n);
    const result = await verified(cluster);
    expect(result.verdict).toBe('risk');
    const found = result.problems.find((one) => one.kind === 'unreachable');
    expect(found?.message).toContain(`${silent?.serverId} may have them`);
  });

  it('with other bytes under a sound checksum is a loss: nobody can tell which is right', async () => {
    const cluster = await grown();
    const { segment, servers } = await segmentOf(cluster, 0);
    if (servers[0] === undefined) throw new Error('no server');
    forge(servers[0], segment.logletId, 0n, 2n);
    const result = await verified(cluster);
    expect(result.problems).toMatchObject([
      { weighs: 'loss', kind: 'different', positions: [{ from: 2n, to: 3n }] },
    ]);
  });

  it('that stops answering while it is read is not called sound', async () => {
    const cluster = await grown();
    const { servers } = await segmentOf(cluster, 0);
    const [dying] = servers;
    const logServers = seenThrough(cluster.servers, (server) =>
      server.serverId !== dying?.serverId
        ? server
        : around<LogServer>(server, (name, call) => {
            if (name === 'read') dying.kill();
            return call();
          }),
    );
    const result = await verify(operationsOn(cluster, { logServers }));
    expect(result.verdict).toBe('risk');
    expect(result.problems).toContainEqual(
      expect.objectContaining({ kind: 'unreadable copy', servers: [dying?.serverId] }),
    );
  });

  it('that does not know the end of its segment is worth a note', async () => {
    const cluster = await grown();
    const { segment, servers } = await segmentOf(cluster, 0);
    const record = servers[0]?.disk.loglets.get(segment.logletId);
    if (record === undefined) throw new Error('no record');
    const { close: _, ...open } = record;
    servers[0]?.disk.loglets.set(segment.logletId, open);
    const result = await verified(cluster);
    expect(result).toMatchObject({ verdict: 'ok', problems: [{ weighs: 'note', kind: 'not closed' }] });
  });
});

describe('the chain', () => {
  it('must say of a loglet what its stores say', async () => {
    const cluster = await grown();
    const chain = await register(cluster);
    const [first, ...rest] = chain.segments;
    if (first === undefined) throw new Error('no segment');
    const wrong = { ...first, durability: { kind: 'majority' as const } };
    const next = { ...chain, version: chain.version + 1, segments: [wrong, ...rest] };
    await cluster.metaStore.compareAndSet(LOG, identityOf(chain), next);
    const found = (await verified(cluster)).problems.find((one) => one.kind === 'descriptor');
    expect(found).toMatchObject({ weighs: 'risk', logletId: first.logletId });
  });

  it('that a recovery froze is released when nothing is lost', async () => {
    const cluster = await grown();
    const chain = await register(cluster);
    await cluster.metaStore.compareAndSet(LOG, identityOf(chain), {
      ...chain,
      version: chain.version + 1,
      frozen: true,
    });
    expect((await verified(cluster)).released).toEqual([]);
    expect(await verified(cluster, { release: true })).toMatchObject({ released: ['1'], problems: [] });
    expect((await register(cluster)).frozen).toBeUndefined();
  });

  it('that a recovery froze stays frozen when something is lost', async () => {
    const cluster = await grown();
    const chain = await register(cluster);
    await cluster.metaStore.compareAndSet(LOG, identityOf(chain), {
      ...chain,
      version: chain.version + 1,
      frozen: true,
    });
    const { segment, servers } = await segmentOf(cluster, 1);
    for (const server of servers) server.disk.damage(segment.logletId, 5n);
    expect(await verified(cluster, { release: true })).toMatchObject({ verdict: 'loss', released: [] });
    expect((await register(cluster)).frozen).toBe(true);
  });
});

describe('backups', () => {
  it('must be what the loglets were made from', async () => {
    const cluster = await grown({ snapshots: 'required' });
    const { segment, servers } = await segmentOf(cluster, 2);
    for (const server of servers) {
      const descriptor = server.disk.descriptors.get(segment.logletId);
      const record = server.disk.loglets.get(segment.logletId);
      if (descriptor === undefined || record === undefined) throw new Error('not held');
      const forged = { ...descriptor, chainDigest: 'f'.repeat(64) };
      const { descriptorDigest } = await import('../../../src/core/descriptor.ts');
      server.disk.descriptors.set(segment.logletId, forged);
      server.disk.loglets.set(segment.logletId, { ...record, descriptorDigest: descriptorDigest(forged) });
    }
    const found = (await verified(cluster)).problems.filter((one) => one.kind === 'backup');
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toContain('Segment 2 was made from another version 2');
  });
});

it('servers that are all silent are neither loss nor health', async () => {
  const cluster = await grown();
  for (const server of cluster.servers.values()) server.kill();
  expect(await verified(cluster)).toMatchObject({ ok: false, verdict: 'unreachable' });
});
