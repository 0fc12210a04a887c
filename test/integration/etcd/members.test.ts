import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeRegister } from '../../../src/codec/metastore.ts';
import { type Chain, identityOf } from '../../../src/core/chain.ts';
import { DrError } from '../../../src/core/errors.ts';
import { clusterId, logId, storeId } from '../../../src/core/ids.ts';
import { EtcdMetaStore } from '../../../src/drivers/metastore-etcd/etcdMetaStore.ts';
import { aChain, CLUSTER, chainVersions, extended } from '../../support/chains.ts';
import { base64, Etcd } from '../../support/etcd.ts';
import { describeWith } from '../../support/programs.ts';

const LOG = logId('1');

describeWith('etcd', 'an etcd of three members', () => {
  let etcd: Etcd;
  beforeAll(async () => {
    etcd = await Etcd.start();
  });
  afterAll(() => etcd?.stop());

  const move = (store: EtcdMetaStore, from: Chain, to: Chain) =>
    store.compareAndSet(LOG, identityOf(from), to);

  /** The register holds the value in the end, also when an election made an outcome unknown. */
  const settled = async (store: EtcdMetaStore, from: Chain, to: Chain) => {
    for (;;) {
      const outcome = await move(store, from, to).catch(() => undefined);
      if (outcome?.outcome === 'installed') return;
      if (outcome?.outcome === 'conflict') {
        expect(outcome.current).toEqual(to);
        return;
      }
    }
  };

  const leader = async (): Promise<string> => {
    for (const name of ['m1', 'm2', 'm3']) {
      const status = await etcd.call<{ header: { member_id: string }; leader?: string }>(
        '/v3/maintenance/status',
        {},
        etcd.endpointOf(name),
      );
      if (status.leader === status.header.member_id) return name;
    }
    throw new Error('no leader');
  };

  test('the leader is killed: reads wait for the next one, whichever member they ask', async () => {
    const [chain] = chainVersions(aChain(), 1) as [Chain];
    await etcd.store({ prefix: '/election' }).compareAndSet(LOG, undefined, chain);
    const killed = await leader();
    const survivors = ['m1', 'm2', 'm3'].filter((name) => name !== killed);
    await etcd.kill(killed);
    const reads = survivors.map((name) =>
      etcd.store({ prefix: '/election', endpoints: [etcd.endpointOf(name)] }).get(LOG),
    );
    const read = await Promise.allSettled(reads);
    await etcd.begin(killed);
    expect(read).toEqual(survivors.map(() => ({ status: 'fulfilled', value: chain })));
  }, 60_000);

  test('the leader is killed: what was begun ends, and a watch misses nothing', async () => {
    const store = etcd.store({ prefix: '/leader', requestTimeoutMs: 1_500 });
    const chains = chainVersions(aChain(), 5);
    await store.compareAndSet(LOG, undefined, chains[0] as Chain);
    const stop = new AbortController();
    const seen: Chain[] = [];
    let killed = '';
    for await (const chain of store.watch(LOG, undefined, stop.signal)) {
      seen.push(chain);
      if (chain.version === 2) {
        killed = await leader();
        await etcd.kill(killed);
      }
      const next = chains[chain.version];
      if (next === undefined) stop.abort();
      else await settled(store, chain, next);
    }
    expect(seen).toEqual(chains);
    expect(await store.health()).toMatchObject({ health: 'degraded' });
    const { members } = await store.health();
    expect(members.find(({ id }) => id === killed)).toMatchObject({ state: 'unreachable' });
    await etcd.begin(killed);
    expect(await store.health()).toMatchObject({ health: 'ok' });
  });

  test('a member that hangs costs one time-out, not the answer', async () => {
    const setUp = etcd.store({ prefix: '/hangs' });
    await setUp.compareAndSet(LOG, undefined, aChain());
    const follower = (await leader()) === 'm1' ? 'm2' : 'm1';
    const others = etcd.endpoints.filter((endpoint) => endpoint !== etcd.endpointOf(follower));
    const endpoints = [etcd.endpointOf(follower), ...others];
    const store = etcd.store({ prefix: '/hangs', endpoints, requestTimeoutMs: 1_000 });
    etcd.signal(follower, 'SIGSTOP');
    try {
      expect(await store.get(LOG)).toEqual(aChain());
    } finally {
      etcd.signal(follower, 'SIGCONT');
    }
  });

  test('members that the configuration does not name are looked at too', async () => {
    const store = etcd.store({ endpoints: etcd.endpoints.slice(0, 1) });
    const { health, members } = await store.health();
    expect(health).toBe('ok');
    expect(members.map(({ id }) => id).sort()).toEqual(['m1', 'm2', 'm3']);
  });

  test('keys beside the prefix are neither read nor written', async () => {
    const theirs = ['/mine', '/mine/', '/mine0', '/mine/log', '/mine/logs', '/mine/logs0', '/mineral/logs/7'];
    for (const key of theirs) await etcd.call('/v3/kv/put', { key: base64(key), value: base64('theirs') });
    const store = etcd.store({ prefix: '/mine' });
    const chains = chainVersions(aChain(), 3);
    await store.proveWritable(LOG);
    await store.compareAndSet(LOG, undefined, chains[0] as Chain);
    await move(store, chains[0] as Chain, chains[1] as Chain);
    expect(await store.list()).toEqual([LOG]);
    const all = await etcd.call<{ kvs: { key: string; version: string }[] }>('/v3/kv/range', {
      key: base64('/mine'),
      range_end: base64('/minf'),
    });
    const keys = all.kvs.map(({ key }) => Buffer.from(key, 'base64').toString());
    const ours = ['/mine/cluster', '/mine/identities/1', '/mine/logs/1', '/mine/probe'];
    expect(keys.sort()).toEqual([...theirs, ...ours].sort());
    const touched = all.kvs.filter(({ version }) => version !== '1').map(({ key }) => key);
    expect(touched).toEqual([base64('/mine/identities/1'), base64('/mine/logs/1')]);
  });

  test('registers of another cluster under the same prefix are refused, also before it has a log of that name', async () => {
    await etcd.store({ prefix: '/shared', clusterId: CLUSTER }).compareAndSet(LOG, undefined, aChain());
    const other = '99999999-9999-4999-8999-999999999999';
    const stranger = etcd.store({ prefix: '/shared', clusterId: clusterId(other) });
    const chain = aChain({ clusterId: clusterId(other), logId: logId('2') });
    const wrong = { code: 'E_WRONG_CLUSTER' };
    await expect(stranger.get(LOG)).rejects.toMatchObject(wrong);
    await expect(stranger.list()).rejects.toMatchObject(wrong);
    await expect(stranger.compareAndSet(chain.logId, undefined, chain)).rejects.toMatchObject(wrong);
    await expect(stranger.proveWritable(chain.logId)).rejects.toMatchObject(wrong);
  });

  test('a value that somebody damaged is never served', async () => {
    const store = etcd.store({ prefix: '/damaged' });
    await store.compareAndSet(LOG, undefined, aChain());
    await etcd.call('/v3/kv/put', { key: base64('/damaged/logs/1'), value: base64('{"schemaVersion":1}') });
    const corrupt = { failure: 'corrupt', message: expect.stringContaining('/damaged/logs/1') };
    await expect(store.get(LOG)).rejects.toMatchObject(corrupt);
    await expect(move(store, aChain(), extended(aChain()))).rejects.toMatchObject(corrupt);
    await expect(store.proveWritable(LOG)).rejects.toMatchObject(corrupt);
  });

  test('a chain too large for a request is refused before it is sent, and its log before it is sealed', async () => {
    const store = etcd.store({ prefix: '/large' });
    const large = ofSize(1_600_000);
    const error = await store.compareAndSet(LOG, undefined, large).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DrError);
    expect(error).toMatchObject({ code: 'E_CHAIN_TOO_LARGE', hint: expect.stringContaining('Trim') });
    expect(await store.get(LOG)).toBeUndefined();
    // etcd's own limit lies where ours does: what we let pass, it takes.
    const fits = ofSize(1_560_000);
    expect(await store.compareAndSet(LOG, undefined, fits)).toEqual({ outcome: 'installed' });
    await expect(store.proveWritable(LOG)).rejects.toMatchObject({ code: 'E_CHAIN_TOO_LARGE' });
    const unaware = etcd.store({ prefix: '/large', maxRequestBytes: 100_000_000 });
    await expect(unaware.compareAndSet(LOG, identityOf(fits), large)).rejects.toMatchObject({
      code: 'E_CHAIN_TOO_LARGE',
      message: expect.stringContaining('etcd refused it'),
    });
  });

  test('without a majority nothing is concluded, and nothing hangs', async () => {
    const store = etcd.store({ prefix: '/alone', requestTimeoutMs: 1_000 });
    await store.compareAndSet(LOG, undefined, aChain());
    await etcd.kill('m2', 'm3');
    const down = { failure: 'unavailable' };
    const [read, write, proof, health] = await Promise.all([
      store.get(LOG).catch((error: unknown) => error),
      move(store, aChain(), extended(aChain())).catch((error: unknown) => error),
      store.proveWritable(LOG).catch((error: unknown) => error),
      store.health(),
    ]);
    expect([read, write, proof]).toMatchObject([down, down, down]);
    expect(health).toMatchObject({ health: 'lost' });
    expect(health.members.map(({ state }) => state)).toEqual(['ok', 'unreachable', 'unreachable']);
    await Promise.all([etcd.begin('m2'), etcd.begin('m3')]);
    expect(await store.get(LOG)).toEqual(aChain());
  });
});

test('the address of a server that is no etcd is told from one that is down', async () => {
  const server = createServer((_, answer) => answer.writeHead(404).end('<html>')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const endpoints = [`http://127.0.0.1:${port}`];
  const store = new EtcdMetaStore({ endpoints, prefix: '/x', requestTimeoutMs: 500 });
  await expect(store.get(LOG)).rejects.toMatchObject({
    isTransient: false,
    message: expect.stringContaining('no etcd of version 3.4 or later'),
  });
  await store.close();
  server.close();
});

/** A chain whose stored form has about this many bytes: so many stores were taken out of service. */
function ofSize(sizeBytes: number): Chain {
  const bare = encodeRegister(LOG, aChain()).length;
  const count = Math.floor((sizeBytes - bare) / 39);
  const retired = Array.from({ length: count }, (_, place) =>
    storeId(`22222222-2222-4222-8222-${String(place).padStart(12, '0')}`),
  );
  return aChain({ retired });
}
