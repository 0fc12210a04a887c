import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Chain, identityOf } from '../../../src/core/chain.ts';
import { logId } from '../../../src/core/ids.ts';
import { EtcdMetaStore } from '../../../src/drivers/metastore-etcd/etcdMetaStore.ts';
import { aChain, chainVersions, extended } from '../../support/chains.ts';
import { Etcd } from '../../support/etcd.ts';
import { EtcdProxy, isChange } from '../../support/etcdProxy.ts';
import { describeWith } from '../../support/programs.ts';
import { collect } from '../../support/snapshots.ts';

const LOG = logId('1');

describeWith('etcd', 'a compare-and-set whose answer is lost', () => {
  let etcd: Etcd;
  let proxy: EtcdProxy;
  let prefixes = 0;
  beforeAll(async () => {
    etcd = await Etcd.start({ members: 1 });
    proxy = await EtcdProxy.before(etcd.endpoints[0] ?? '');
  });
  afterAll(async () => {
    await etcd?.stop();
    await proxy?.stop();
  });

  /** A client behind the proxy and one beside it; the register holds the first of three versions. */
  async function clients(): Promise<{ far: EtcdMetaStore; near: EtcdMetaStore; chains: Chain[] }> {
    prefixes += 1;
    const prefix = `/lost/${prefixes}`;
    proxy.fateOf = () => 'answer';
    proxy.done = async () => undefined;
    const near = etcd.store({ prefix });
    const far = etcd.store({ prefix, endpoints: [proxy.url] });
    const chains = chainVersions(aChain(), 3);
    await near.compareAndSet(LOG, undefined, chains[0] as Chain);
    return { far, near, chains };
  }

  const move = (store: EtcdMetaStore, from: Chain, to: Chain) =>
    store.compareAndSet(LOG, identityOf(from), to);

  test('was done: it is found in the register', async () => {
    const { far, chains } = await clients();
    const [first, second] = chains as [Chain, Chain];
    proxy.fateOf = (path, body) => (isChange(path, body) ? 'loseAnswer' : 'answer');
    expect(await move(far, first, second)).toEqual({ outcome: 'installed' });
    expect(await collect(far.history(LOG))).toEqual([first, second]);
  });

  test('was done, and another client went on from it before we looked', async () => {
    const { far, near, chains } = await clients();
    const [first, second, third] = chains as [Chain, Chain, Chain];
    proxy.fateOf = (path, body) => (isChange(path, body) ? 'loseAnswer' : 'answer');
    proxy.done = async () => {
      await move(near, second, third);
    };
    expect(await move(far, first, second)).toEqual({ outcome: 'installed' });
    expect(await near.get(LOG)).toEqual(third);
  });

  test('the first value of a register too', async () => {
    const { far } = await clients();
    const other = aChain({ logId: logId('2') });
    proxy.fateOf = (path, body) => (isChange(path, body) ? 'loseAnswer' : 'answer');
    expect(await far.compareAndSet(other.logId, undefined, other)).toEqual({ outcome: 'installed' });
  });

  test('was not done: that is not known, for it may come yet; and then it does', async () => {
    const { far, near, chains } = await clients();
    const [first, second] = chains as [Chain, Chain];
    proxy.fateOf = (path, body) => (isChange(path, body) ? 'delay' : 'answer');
    await expect(move(far, first, second)).rejects.toMatchObject({ failure: 'outcomeUnknown' });
    expect(await near.get(LOG)).toEqual(first);
    await proxy.release();
    expect(await near.get(LOG)).toEqual(second);
  });

  test('another client won meanwhile: a conflict, and the late write changes nothing', async () => {
    const { far, near, chains } = await clients();
    const [first, second] = chains as [Chain, Chain];
    const theirs = extended(first, 77n);
    proxy.fateOf = async (path, body) => {
      if (!isChange(path, body)) return 'answer';
      await move(near, first, theirs);
      return 'delay';
    };
    expect(await move(far, first, second)).toEqual({ outcome: 'conflict', current: theirs });
    await proxy.release();
    expect(await near.get(LOG)).toEqual(theirs);
  });

  test('a request that never left is tried at the next endpoint', async () => {
    const { near, chains } = await clients();
    const [first, second] = chains as [Chain, Chain];
    const gone = await EtcdProxy.before(near.description.endpoints[0] ?? '');
    await gone.stop();
    const store = etcd.store({ prefix: `/lost/${prefixes}`, endpoints: [gone.url, ...etcd.endpoints] });
    expect(await move(store, first, second)).toEqual({ outcome: 'installed' });
  });

  test('a reader does not wait for an endpoint that answers nonsense or nothing', async () => {
    const { chains } = await clients();
    const store = etcd.store({ prefix: `/lost/${prefixes}`, endpoints: [proxy.url, ...etcd.endpoints] });
    proxy.fateOf = () => 'loseRequest';
    expect(await store.get(LOG)).toEqual(chains[0]);
  });
});

test('a client of nobody says that etcd was not reached', async () => {
  const store = new EtcdMetaStore({ endpoints: ['http://127.0.0.1:1'], prefix: '/x', requestTimeoutMs: 500 });
  await expect(store.get(LOG)).rejects.toMatchObject({ failure: 'unavailable', isTransient: true });
  await expect(store.compareAndSet(LOG, undefined, aChain())).rejects.toMatchObject({
    failure: 'unavailable',
  });
  expect(await store.health()).toMatchObject({
    health: 'lost',
    members: [{ id: 'http://127.0.0.1:1', state: 'unreachable' }],
  });
  await store.close();
});
