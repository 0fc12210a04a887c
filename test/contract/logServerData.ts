import { expect, test } from 'vitest';
import { logletId } from '../../src/core/ids.ts';
import type { Given } from './logServer.ts';
import {
  describeLoglet,
  entries,
  entry,
  GENERATION,
  only,
  openLoglet,
  random,
  refusal,
  texts,
  value,
} from './logServerWorld.ts';

export function dataContract(given: Given): void {
  storing(given);
  reading(given);
  repairing(given);
}

function storing({ server }: Given): void {
  test('store refuses what is not provisioned, not active, beyond the tail, different or damaged', async () => {
    const one = server();
    const descriptor = await describeLoglet([one]);
    const { logletId: id } = descriptor;
    const store = (...sent: ReturnType<typeof entries>) =>
      one.store({ logletId: id, entries: sent, knownCommitted: 0n });
    expect(refusal(await store(entry(0n)))).toBe('notProvisioned');
    value(await one.provision(GENERATION, descriptor));
    expect(refusal(await store(entry(0n)))).toBe('notActivated');
    value(await one.activate(GENERATION, id, 1));
    expect(await store(entry(1n))).toEqual({ ok: false, refusal: { code: 'gap', localTail: 0n } });
    expect(value(await store(...entries(0n, 3n))).localTail).toBe(3n);
    expect(value(await store(...entries(1n, 5n))).localTail).toBe(5n);
    expect(await store(entry(4n), entry(5n))).toMatchObject({ ok: true });
    // One that differs refuses the whole batch: nothing of it is kept.
    expect(await store(entry(5n, 'other'), entry(6n))).toEqual({
      ok: false,
      refusal: { code: 'conflict', position: 5n },
    });
    expect(value(only(await one.states([id]))).localTail).toBe(6n);
  });

  test('a sealed copy refuses every entry, also one that it holds, and takes no knowledge', async () => {
    const one = server();
    const { logletId: id } = await openLoglet([one]);
    value(await one.store({ logletId: id, entries: entries(0n, 2n), knownCommitted: 1n }));
    await one.seal(GENERATION, [id]);
    const again = await one.store({ logletId: id, entries: entries(0n, 2n), knownCommitted: 2n });
    expect(again).toEqual({ ok: false, refusal: { code: 'sealed', localTail: 2n } });
    expect(value(only(await one.states([id]))).knownCommitted).toBe(1n);
  });

  test('a thousand entries, empty ones among them, come back byte for byte', async () => {
    const one = server();
    const { logletId: id } = await openLoglet([one]);
    const sent = entries(0n, 1_000n).map((each) =>
      each.position % 10n === 0n ? entry(each.position, '') : each,
    );
    value(await one.store({ logletId: id, entries: sent, knownCommitted: 1_000n }));
    const read = value(await one.read({ logletId: id, from: 0n, to: 1_000n }));
    expect(texts(read.entries)).toEqual(texts(sent));
    expect(read.entries.map(({ position, crc }) => [position, crc])).toEqual(
      sent.map(({ position, crc }) => [position, crc]),
    );
  });
}

function reading({ server }: Given): void {
  test('a store serves below knownCommitted only, unless asked for what may be uncommitted', async () => {
    const one = server();
    const { logletId: id } = await openLoglet([one]);
    value(await one.store({ logletId: id, entries: entries(0n, 4n), knownCommitted: 2n }));
    const served = value(await one.read({ logletId: id, from: 0n, to: 10n }));
    expect(texts(served.entries)).toEqual(['entry 0', 'entry 1']);
    expect(served.knownCommitted).toBe(2n);
    expect(refusal(await one.read({ logletId: id, from: 2n, to: 3n }))).toBe('notServed');
    const uncommitted = value(await one.read({ logletId: id, from: 2n, to: 9n, uncommitted: true }));
    expect(texts(uncommitted.entries)).toEqual(['entry 2', 'entry 3']);
    expect(refusal(await one.read({ logletId: id, from: 4n, to: 5n, uncommitted: true }))).toBe('gap');
    expect(value(await one.read({ logletId: id, from: 3n, to: 3n })).entries).toEqual([]);
    const unknown = logletId(random.ulid());
    expect(refusal(await one.read({ logletId: unknown, from: 0n, to: 1n }))).toBe('notProvisioned');
  });

  test('knownCommitted never falls', async () => {
    const one = server();
    const { logletId: id } = await openLoglet([one]);
    value(await one.store({ logletId: id, entries: entries(0n, 4n), knownCommitted: 3n }));
    value(await one.store({ logletId: id, entries: [], knownCommitted: 1n }));
    expect(value(only(await one.states([id]))).knownCommitted).toBe(3n);
  });

  test('a read holds as many entries as fit, and at least one', async () => {
    const one = server();
    const { logletId: id } = await openLoglet([one]);
    value(await one.store({ logletId: id, entries: entries(0n, 9n), knownCommitted: 9n }));
    const tiny = value(await one.read({ logletId: id, from: 3n, to: 9n, maxBytes: 1 }));
    expect(texts(tiny.entries)).toEqual(['entry 3']);
    const some = value(await one.read({ logletId: id, from: 3n, to: 9n, maxBytes: 15 }));
    expect(texts(some.entries)).toEqual(['entry 3', 'entry 4']);
  });
}

function repairing({ server }: Given): void {
  test('repair adds at the tail of a sealed copy only, and proves nothing about commitment', async () => {
    const one = server();
    const { logletId: id } = await openLoglet([one]);
    value(await one.store({ logletId: id, entries: entries(0n, 2n), knownCommitted: 1n }));
    expect(refusal(await one.repair(GENERATION, id, entries(2n, 3n)))).toBe('notSealed');
    await one.seal(GENERATION, [id]);
    expect(refusal(await one.repair(GENERATION, id, entries(3n, 4n)))).toBe('gap');
    const repaired = value(await one.repair(GENERATION, id, entries(1n, 4n)));
    expect(repaired).toMatchObject({ localTail: 4n, knownCommitted: 1n, sealed: true });
    expect(value(await one.repair(GENERATION, id, entries(1n, 4n)))).toEqual(repaired);
    expect(refusal(await one.repair(GENERATION, id, [entry(1n, 'other')]))).toBe('conflict');
  });
}
