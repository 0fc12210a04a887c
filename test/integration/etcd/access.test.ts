import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { identityOf } from '../../../src/core/chain.ts';
import { logId } from '../../../src/core/ids.ts';
import { aChain, extended } from '../../support/chains.ts';
import { base64, Etcd, type EtcdTls } from '../../support/etcd.ts';
import { makeCertificates } from '../../support/etcdTls.ts';
import { describeWith } from '../../support/programs.ts';

const LOG = logId('1');

describeWith('etcd', 'an etcd with users', () => {
  let etcd: Etcd;
  const user = { name: 'dr', password: 'a secret' };
  beforeAll(async () => {
    etcd = await Etcd.start({ members: 1 });
    const range = { key: base64('/dr/'), range_end: base64('/dr0') };
    await etcd.call('/v3/auth/role/add', { name: 'dr' });
    await etcd.call('/v3/auth/role/grant', { name: 'dr', perm: { permType: 'READWRITE', ...range } });
    for (const one of [user, { name: 'root', password: 'root' }]) await etcd.call('/v3/auth/user/add', one);
    await etcd.call('/v3/auth/user/grant', { user: 'dr', role: 'dr' });
    await etcd.call('/v3/auth/role/add', { name: 'root' });
    await etcd.call('/v3/auth/user/grant', { user: 'root', role: 'root' });
    await etcd.call('/v3/auth/enable', {});
  });
  afterAll(() => etcd?.stop());

  test('a user with rights on the prefix alone can do all', async () => {
    const store = etcd.store({ prefix: '/dr', user });
    await store.proveWritable(LOG);
    expect(await store.compareAndSet(LOG, undefined, aChain())).toEqual({ outcome: 'installed' });
    expect(await store.list()).toEqual([LOG]);
    expect(await store.health()).toMatchObject({ health: 'ok' });
    const stop = new AbortController();
    for await (const chain of store.watch(LOG, undefined, stop.signal)) {
      if (chain.version === 2) stop.abort();
      else await store.compareAndSet(LOG, identityOf(chain), extended(chain));
    }
  });

  test('a token that etcd has forgotten is renewed', async () => {
    const store = etcd.store({ prefix: '/dr', user });
    const before = await store.get(LOG);
    await etcd.kill('m1');
    await etcd.begin('m1');
    expect(await store.get(LOG)).toEqual(before);
    const other = aChain({ logId: logId('2') });
    await etcd.kill('m1');
    await etcd.begin('m1');
    expect(await store.compareAndSet(other.logId, undefined, other)).toEqual({ outcome: 'installed' });
  });

  test.each([
    ['a wrong password', { user: { ...user, password: 'guess' } }, /invalid user ID or password/],
    ['no user', {}, /user name is empty/],
    ['a prefix beyond the role', { user, prefix: '/theirs' }, /permission denied/],
  ])('%s: denied, and nothing is tried twice', async (_, given, message) => {
    const store = etcd.store({ prefix: '/dr', ...given });
    const denied = { failure: 'denied', isTransient: false, message: expect.stringMatching(message) };
    await expect(store.get(LOG)).rejects.toMatchObject(denied);
    await expect(store.proveWritable(LOG)).rejects.toMatchObject(denied);
    const watch = store.watch(LOG, undefined, new AbortController().signal)[Symbol.asyncIterator]();
    await expect(watch.next()).rejects.toMatchObject(denied);
  });
});

describeWith(['etcd', 'openssl'], 'an etcd that wants certificates', () => {
  let dir: string;
  let tls: EtcdTls;
  let etcd: Etcd;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vlog-dr-tls-'));
    tls = await makeCertificates(dir);
    etcd = await Etcd.start({ members: 1, tls });
  });
  afterAll(async () => {
    await etcd?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  test('with them everything works', async () => {
    const store = etcd.store({ tls: { ca: tls.ca, ...tls.client } });
    expect(await store.compareAndSet(LOG, undefined, aChain())).toEqual({ outcome: 'installed' });
    expect(await store.get(LOG)).toEqual(aChain());
  });

  test('without the authority the server is not believed', async () => {
    const store = etcd.store({ tls: tls.client });
    await expect(store.get(LOG)).rejects.toMatchObject({
      failure: 'denied',
      message: expect.stringContaining('certificates do not fit'),
    });
  });

  test('without a certificate of our own the failure says that one may be wanted', async () => {
    const store = etcd.store({ tls: { ca: tls.ca } });
    await expect(store.get(LOG)).rejects.toThrow(/certificate/);
    await expect(store.compareAndSet(LOG, undefined, aChain())).rejects.toThrow(/certificate/);
  });
});
