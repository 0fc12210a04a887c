import { cp, rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Chain, identityOf } from '../../../src/core/chain.ts';
import { logId } from '../../../src/core/ids.ts';
import type { EtcdMetaStore } from '../../../src/drivers/metastore-etcd/etcdMetaStore.ts';
import { aChain, chainVersions, extended } from '../../support/chains.ts';
import { base64, Etcd } from '../../support/etcd.ts';
import { EtcdProxy, type Fate, isChange } from '../../support/etcdProxy.ts';
import { describeWith } from '../../support/programs.ts';
import { collect } from '../../support/snapshots.ts';

const LOG = logId('1');

describeWith('etcd', 'an etcd that began anew from an older state, or was compacted', () => {
  let etcd: Etcd;
  let proxy: EtcdProxy;
  beforeAll(async () => {
    etcd = await Etcd.start({ members: 1 });
    proxy = await EtcdProxy.before(etcd.endpoints[0] ?? '');
  });
  afterAll(async () => {
    await etcd?.stop();
    await proxy?.stop();
  });

  const append = async (store: EtcdMetaStore, chains: readonly Chain[], from?: Chain) => {
    let last = from;
    for (const chain of chains) {
      const expected = last && identityOf(last);
      expect(await store.compareAndSet(LOG, expected, chain)).toEqual({ outcome: 'installed' });
      last = chain;
    }
  };

  const revisionOf = async (prefix: string) =>
    (
      await etcd.call<{ kvs: { mod_revision: string }[] }>('/v3/kv/range', {
        key: base64(`${prefix}/logs/1`),
      })
    ).kvs[0]?.mod_revision;

  test('the same revision can hold another value: neither a writer nor a watch takes it for the one it knew', async () => {
    const prefix = '/stale';
    const store = etcd.store({ prefix });
    const old = chainVersions(aChain(), 6);
    const data = etcd.dataDirOf('m1');
    await append(store, old.slice(0, 3));
    await etcd.kill('m1');
    await cp(data, `${data}.old`, { recursive: true });
    await etcd.begin('m1');
    await append(store, old.slice(3), old[2]);
    const revision = await revisionOf(prefix);

    const forked = [extended(old[2] as Chain, 3n)];
    forked.push(extended(forked[0] as Chain), extended(extended(forked[0] as Chain)));
    const beginAnew = async () => {
      await etcd.kill('m1');
      await rm(data, { recursive: true });
      await cp(`${data}.old`, data, { recursive: true });
      await etcd.begin('m1');
      await append(etcd.store({ prefix }), forked, old[2]);
    };

    const stop = new AbortController();
    const seen: Chain[] = [];
    for await (const chain of store.watch(LOG, identityOf(old[4] as Chain), stop.signal)) {
      seen.push(chain);
      if (chain === seen[0]) {
        // Between what a writer read and what it sends.
        proxy.fateOf = async (path, body): Promise<Fate> => {
          if (isChange(path, body)) {
            proxy.fateOf = () => 'answer';
            await beginAnew();
          }
          return 'answer';
        };
        const writer = etcd.store({ prefix, endpoints: [proxy.url], requestTimeoutMs: 20_000 });
        const outcome = await writer.compareAndSet(LOG, identityOf(chain), extended(chain));
        expect(outcome).toEqual({ outcome: 'conflict', current: forked[2] });
        expect(await revisionOf(prefix)).toBe(revision);
      } else if (chain.version === 6) stop.abort();
    }
    expect(seen).toEqual([old[5], ...old.slice(0, 3), ...forked]);
  });

  test('what was compacted is not in the history; a watch goes on with what is kept, and says what it skipped', async () => {
    const prefix = '/compacted';
    const skipped: string[] = [];
    const store = etcd.store({ prefix, onSkipped: (message) => skipped.push(message) });
    const chains = chainVersions(aChain(), 6);
    await append(store, chains.slice(0, 2));
    const stop = new AbortController();
    const seen: Chain[] = [];
    for await (const chain of store.watch(LOG, identityOf(chains[0] as Chain), stop.signal)) {
      seen.push(chain);
      if (seen.length === 1) {
        await append(etcd.store({ prefix }), chains.slice(2, 5), chains[1]);
        const revision = await revisionOf(prefix);
        await etcd.call('/v3/kv/compaction', { revision, physical: true });
        await append(etcd.store({ prefix }), chains.slice(5), chains[4]);
      }
      if (chain.version === 6) stop.abort();
    }
    expect(seen).toEqual([chains[1], chains[4], chains[5]]);
    expect(skipped).toEqual([expect.stringContaining('2 values of log 1 before version 5')]);
    expect(await collect(store.history(LOG))).toEqual(chains.slice(4));
  });

  test('a register that was deleted is empty, and is begun anew from there', async () => {
    const prefix = '/deleted';
    const store = etcd.store({ prefix });
    await append(store, chainVersions(aChain(), 2));
    await etcd.call('/v3/kv/deleterange', { key: base64(`${prefix}/`), range_end: base64(`${prefix}0`) });
    expect(await store.get(LOG)).toBeUndefined();
    expect(await store.list()).toEqual([]);
    await append(store, [aChain({ trimPoint: 1n })]);
    expect(await collect(store.history(LOG))).toEqual([aChain({ trimPoint: 1n })]);
  });
});
