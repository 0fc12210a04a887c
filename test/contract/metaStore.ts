import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Chain, type ChainIdentity, identityOf } from '../../src/core/chain.ts';
import { logId } from '../../src/core/ids.ts';
import type { MetaStore } from '../../src/ports/MetaStore.ts';
import { aChain, chainVersions, extended } from '../support/chains.ts';
import { collect } from '../support/snapshots.ts';

/** A fresh, empty store, and further clients of the same one. */
export interface MetaStoreUnderTest {
  readonly store: MetaStore;
  /** Another client, as another process would have it. */
  another(): Promise<MetaStore>;
  stop(): Promise<void>;
}

const LOG = logId('1');

/** What every MetaStore promises (src/ports/MetaStore.ts). */
export function metaStoreContract(name: string, start: () => Promise<MetaStoreUnderTest>): void {
  describe(`MetaStore contract: ${name}`, () => {
    let subject: MetaStoreUnderTest;
    let store: MetaStore;

    beforeEach(async () => {
      subject = await start();
      store = subject.store;
    });
    afterEach(() => subject.stop());

    const set = (chain: Chain, expected?: ChainIdentity) => store.compareAndSet(LOG, expected, chain);
    const install = async (chains: readonly Chain[], before?: Chain) => {
      for (const [place, chain] of chains.entries()) {
        const previous = chains[place - 1] ?? before;
        expect(await set(chain, previous && identityOf(previous))).toEqual({ outcome: 'installed' });
      }
    };

    test('a register that was never written is empty', async () => {
      expect(await store.get(LOG)).toBeUndefined();
      expect(await store.list()).toEqual([]);
      expect(await collect(store.history(LOG))).toEqual([]);
    });

    test('gives back exactly the value that was set', async () => {
      const chain = aChain({ trimPoint: 2n ** 62n, frozen: true });
      await install([chain]);
      expect(await store.get(LOG)).toEqual(chain);
    });

    test('another client reads what was set', async () => {
      await install([aChain()]);
      expect(await (await subject.another()).get(LOG)).toEqual(aChain());
    });

    test('conflicts say what is there, and change nothing', async () => {
      const [first, second] = chainVersions(aChain(), 2) as [Chain, Chain];
      await install([first]);
      expect(await set(second)).toEqual({ outcome: 'conflict', current: first });
      expect(await set(second, identityOf(second))).toEqual({ outcome: 'conflict', current: first });
      expect(await store.get(LOG)).toEqual(first);
      expect(await collect(store.history(LOG))).toEqual([first]);
    });

    test('expects a value of an empty register: a conflict', async () => {
      expect(await set(extended(aChain()), identityOf(aChain()))).toEqual({
        outcome: 'conflict',
        current: undefined,
      });
    });

    test('compares the digest, not only the version', async () => {
      await install([aChain()]);
      const sameVersion = identityOf(aChain({ trimPoint: 1n }));
      expect(await set(extended(aChain()), sameVersion)).toMatchObject({ outcome: 'conflict' });
    });

    test('takes a version that jumps, as a recovery sets it', async () => {
      const jumped = { ...extended(aChain()), version: 1_002 };
      await install([aChain(), jumped]);
      expect(await store.get(LOG)).toEqual(jumped);
    });

    test('sets the same value again, as a proof that it may be written', async () => {
      await install([aChain()]);
      expect(await set(aChain(), identityOf(aChain()))).toEqual({ outcome: 'installed' });
      expect(await store.get(LOG)).toEqual(aChain());
    });

    test('keeps registers apart, and lists those that were written', async () => {
      const other = aChain({ logId: logId('log-b.2_x') });
      await install([aChain()]);
      await store.compareAndSet(other.logId, undefined, other);
      expect(await store.get(LOG)).toEqual(aChain());
      expect(await store.get(other.logId)).toEqual(other);
      expect(await store.list()).toEqual([LOG, other.logId]);
      expect(await collect(store.history(LOG))).toEqual([aChain()]);
    });

    test('of 20 at once, from two clients, one wins and all know it', async () => {
      const another = await subject.another();
      await install([aChain()]);
      const candidates = Array.from({ length: 20 }, (_, place) => extended(aChain(), BigInt(place + 1)));
      const outcomes = await Promise.all(
        candidates.map((chain, place) =>
          (place % 2 === 0 ? store : another).compareAndSet(LOG, identityOf(aChain()), chain),
        ),
      );
      const winners = candidates.filter((_, place) => outcomes[place]?.outcome === 'installed');
      expect(winners).toHaveLength(1);
      expect(await store.get(LOG)).toEqual(winners[0]);
      for (const outcome of outcomes)
        if (outcome.outcome === 'conflict') expect(outcome.current).toEqual(winners[0]);
    });

    test('keeps past values, oldest first', async () => {
      const chains = chainVersions(aChain(), 6);
      await install(chains);
      expect(await collect(store.history(LOG))).toEqual(chains);
    });

    test('proves that it can be written, without a trace', async () => {
      await store.proveWritable(LOG);
      expect(await store.get(LOG)).toBeUndefined();
      expect(await store.list()).toEqual([]);
      await install([aChain()]);
      await store.proveWritable(LOG);
      expect(await collect(store.history(LOG))).toEqual([aChain()]);
    });

    test('a watch sees every version in order, those of before and those of another client', async () => {
      const chains = chainVersions(aChain(), 30);
      await install(chains.slice(0, 3));
      const another = await subject.another();
      const seen = take(store, undefined, 30);
      for (const [place, chain] of chains.entries()) {
        if (place < 3) continue;
        const expected = identityOf(chains[place - 1] as Chain);
        await another.compareAndSet(LOG, expected, chain);
      }
      expect(await seen).toEqual(chains);
    });

    test('a watch goes on after the identity it was given', async () => {
      const chains = chainVersions(aChain(), 5);
      await install(chains);
      expect(await take(store, identityOf(chains[2] as Chain), 2)).toEqual(chains.slice(3));
    });

    test('a watch that starts on an empty register sees its first value', async () => {
      const seen = take(store, undefined, 1);
      await install([aChain()]);
      expect(await seen).toEqual([aChain()]);
    });

    test('a watch ends when it is aborted while it waits', async () => {
      await install([aChain()]);
      const stop = new AbortController();
      const seen: Chain[] = [];
      for await (const chain of store.watch(LOG, undefined, stop.signal)) {
        seen.push(chain);
        setImmediate(() => stop.abort());
      }
      expect(seen).toEqual([aChain()]);
    });

    test('says that it is well', async () => {
      expect(await store.health()).toMatchObject({ health: 'ok' });
      expect((await store.health()).members.length).toBeGreaterThan(0);
    });
  });
}

async function take(store: MetaStore, after: ChainIdentity | undefined, count: number): Promise<Chain[]> {
  const stop = new AbortController();
  const seen: Chain[] = [];
  for await (const chain of store.watch(LOG, after, stop.signal)) {
    seen.push(chain);
    if (seen.length === count) stop.abort();
  }
  return seen;
}
