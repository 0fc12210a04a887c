import { describe, expect, test } from 'vitest';
import { identityOf, segmentAt } from '../../../src/core/chain.ts';
import { PortError } from '../../../src/core/errors.ts';
import type { LogServer } from '../../../src/ports/LogServer.ts';
import { LOG, payloads, seenThrough, TestCluster, texts } from '../../support/cluster.ts';
import { around } from '../../support/faults.ts';

const failsWith = (code: string) => expect.objectContaining({ code });

/** A client that gives up an append soon, and never reconfigures. */
const hasty = { append: { mayReconfigure: false }, patience: { appendTimeoutMs: 100 } } as const;

async function membersAt(cluster: TestCluster, position: bigint) {
  const chain = await cluster.metaStore.get(LOG);
  const segment = chain && segmentAt(chain, position);
  if (segment === undefined) throw new Error('no segment');
  return {
    logletId: segment.logletId,
    servers: segment.nodeset.map((member) => cluster.server(member.serverId)),
  };
}

describe('reading', () => {
  test('takes ranges across loglets, and ends where nothing more is determined', async () => {
    const cluster = await TestCluster.start();
    const log = cluster.client();
    for (const text of ['a', 'b', 'c', 'd']) {
      await log.append(payloads(text));
      await log.reconfigure();
    }
    expect(await texts(log, { from: 1n, to: 3n })).toEqual(['b', 'c']);
    expect(await texts(log, { from: 2n, to: 100n })).toEqual(['c', 'd']);
    expect(await texts(log, { from: 4n })).toEqual([]);
  });

  test('of what lies before the first segment is refused: the log does not end there', async () => {
    const cluster = await TestCluster.start();
    const log = cluster.client();
    await log.append(payloads('a', 'b'));
    await log.reconfigure();
    await log.append(payloads('c'));
    const chain = await cluster.metaStore.get(LOG);
    if (chain === undefined) throw new Error('no chain');
    // What a recovery leaves where nobody has the head any more.
    const headless = { ...chain, version: chain.version + 1, segments: chain.segments.slice(1) };
    await cluster.metaStore.compareAndSet(LOG, identityOf(chain), headless);
    await expect(texts(cluster.client())).rejects.toEqual(failsWith('E_POSITIONS_LOST'));
    expect(await texts(cluster.client(), { from: 2n })).toEqual(['c']);
  });

  test('of a large log holds a chunk at a time', async () => {
    const cluster = await TestCluster.start({ nodesetSize: 1 });
    const log = cluster.client();
    const block = new Uint8Array(400_000);
    await log.append([block, block, block, block, block, block]);
    let largest = 0;
    const logServers = seenThrough(cluster.servers, (server) =>
      around(server, async (name, call) => {
        const answer = await call();
        if (name === 'read') largest = Math.max(largest, entriesIn(answer));
        return answer;
      }),
    );
    expect((await texts(cluster.client({ logServers }))).length).toBe(6);
    expect([1, 2, 3]).toContain(largest);
  });

  test('takes another copy when one is damaged, gone or wiped', async () => {
    const cluster = await TestCluster.start();
    const log = cluster.client();
    await log.append(payloads('a', 'b', 'c'));
    await log.reconfigure();
    const { logletId, servers } = await membersAt(cluster, 0n);
    servers[0]?.disk.damage(logletId, 1n);
    expect(await texts(cluster.client())).toEqual(['a', 'b', 'c']);
    servers[1]?.kill();
    expect(await texts(cluster.client())).toEqual(['a', 'b', 'c']);
    servers[0]?.wipe();
    expect(await texts(cluster.client())).toEqual(['a', 'b', 'c']);
  });

  test('never hands out bytes that fail their checksum, whatever a server says', async () => {
    const cluster = await TestCluster.start();
    await cluster.client().append(payloads('a'));
    const logServers = seenThrough(cluster.servers, (server) => around(server, tampering));
    await expect(texts(cluster.client({ logServers }))).rejects.toEqual(failsWith('E_CORRUPT'));
  });

  test.each([
    { name: 'damaged everywhere', code: 'E_CORRUPT', hurt: 'damage' },
    { name: 'on servers that do not answer', code: 'E_UNREACHABLE', hurt: 'kill' },
    { name: 'on wiped disks', code: 'E_POSITIONS_LOST', hurt: 'wipe' },
  ] as const)('of a position $name says $code', async ({ code, hurt }) => {
    const cluster = await TestCluster.start({ servers: 6 });
    const log = cluster.client();
    await log.append(payloads('a'));
    const { logletId, servers } = await membersAt(cluster, 0n);
    const others = [...cluster.servers.values()].filter((one) => !servers.includes(one));
    await log.reconfigure({ servers: others.map((one) => one.serverId) });
    for (const server of servers) {
      if (hurt === 'damage') server.disk.damage(logletId, 0n);
      if (hurt === 'kill') server.kill();
      if (hurt === 'wipe') server.wipe();
      if (hurt === 'wipe') server.restart();
    }
    await expect(texts(cluster.client())).rejects.toEqual(failsWith(code));
  });

  test('serves what this client sees on a commit quorum, though no store knows it committed', async () => {
    const cluster = await TestCluster.start({ durability: { kind: 'majority' } });
    const [, , last] = await cluster.members();
    // Nobody hears of the acknowledgement: the sequencer dies with it.
    for (const server of cluster.servers.values())
      server.disk.beforeCommit = async (writes) => {
        for (const write of writes)
          if (write.write === 'loglet' && write.record.knownCommitted > 0n) throw new Error('disk full');
      };
    await cluster.client().append(payloads('a'));
    (await cluster.sequencer()).kill();
    expect(await texts(cluster.client())).toEqual(['a']);
    // Below a commit quorum of answers it could still turn out otherwise.
    last?.kill();
    expect(await texts(cluster.client())).toEqual([]);
  });

  test('does not serve an entry that only some stores have', async () => {
    const cluster = await TestCluster.start();
    const [, second] = await cluster.members();
    second?.kill();
    expect(await cluster.client(hasty).append(payloads('a'))).toMatchObject({ outcome: 'unknown' });
    second?.restart();
    expect(await texts(cluster.client())).toEqual([]);
    expect(await cluster.client().checkTail()).toEqual({ kind: 'lowerBound', tail: 0n });
  });

  test('never serves an entry at or above the end: quarantine', async () => {
    const cluster = await TestCluster.start();
    const [, second] = await cluster.members();
    second?.kill();
    await cluster.client(hasty).append(payloads('ghost'));
    second?.restart();
    await cluster.client().reconfigure();
    await cluster.client().append(payloads('a'));
    expect(await texts(cluster.client())).toEqual(['a']);
  });

  test('below the end of a loglet whose successor is not active serves only what is determined', async () => {
    const cluster = await TestCluster.start({ durability: { kind: 'majority' } });
    const [first, second, third] = await cluster.members();
    second?.kill();
    third?.kill();
    await cluster.client(hasty).append(payloads('a'));
    second?.restart();
    // Sealed with `third` silent: `a` may have been acknowledged there. Neither repaired nor activated.
    const logServers = seenThrough(cluster.servers, (server) => without(server, 'repair', 'activate'));
    await expect(cluster.client({ logServers }).reconfigure()).rejects.toEqual(failsWith('E_UNREACHABLE'));
    expect((await cluster.metaStore.get(LOG))?.segments[0]?.end).toBe(1n);
    expect(await texts(cluster.client())).toEqual([]);
    expect(first?.running).toBe(true);
    await cluster.client().complete();
    expect(await texts(cluster.client())).toEqual(['a']);
  });

  test('below the trim point says so', async () => {
    const cluster = await TestCluster.start();
    const log = cluster.client();
    await log.append(payloads('a', 'b'));
    await log.reconfigure();
    const late = cluster.client();
    await late.chain();
    await log.trim(1n);
    await expect(texts(log, { from: 0n })).rejects.toEqual(failsWith('E_TRIMMED'));
    await expect(texts(late, { from: 0n })).rejects.toEqual(failsWith('E_TRIMMED'));
    expect(await texts(late)).toEqual(['b']);
  });
});

function without(server: LogServer, ...names: string[]): LogServer {
  return around(server, (name, call) =>
    names.includes(name)
      ? Promise.reject(new PortError('unavailable', { subject: name, message: 'no answer' }))
      : call(),
  );
}

type ReadAnswer = Awaited<ReturnType<LogServer['read']>>;

function entriesIn(answer: unknown): number {
  const read = answer as ReadAnswer;
  return read.ok ? read.value.entries.length : 0;
}

async function tampering(name: string, call: () => unknown): Promise<unknown> {
  const answer = await call();
  if (name !== 'read' || !(answer as ReadAnswer).ok) return answer;
  const { value } = answer as Extract<ReadAnswer, { ok: true }>;
  const entries = value.entries.map((entry) => ({ ...entry, payload: Uint8Array.of(1, 2, 3) }));
  return { ok: true, value: { ...value, entries } };
}
