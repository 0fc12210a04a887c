import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clusterId, serverId } from '../../../src/core/ids.ts';
import { entryKey, KEYS } from '../../../src/logserver/lmdb/layout.ts';
import { dataFile, openDatabases } from '../../../src/logserver/lmdb/open.ts';
import { openStoreReadOnly } from '../../../src/logserver/lmdb/readOnly.ts';
import { LmdbView } from '../../../src/logserver/lmdb/records.ts';
import { Reserve } from '../../../src/logserver/lmdb/reserve.ts';
import { LmdbLogStore } from '../../../src/logserver/lmdb/store.ts';
import { startLogServer } from '../../../src/logserver/server.ts';
import { owner } from '../../../src/main/ownership.ts';
import { all, entries, GENERATION, openLoglet, random, texts, value } from '../../contract/logServerWorld.ts';
import { HttpCluster } from '../../support/logserver/httpCluster.ts';

let cluster: HttpCluster;
beforeEach(async () => {
  cluster = await HttpCluster.create();
});
afterEach(() => cluster.close());

const code = (expected: string) => expect.objectContaining({ code: expected });

test('a store is opened for its own server and cluster only, and is not changed by the attempt', async () => {
  const before = await (await cluster.startAdmitted('s1')).status();
  await cluster.stop('s1');
  const options = await cluster.options('s1');
  const strangers = [{ serverId: serverId('s2') }, { clusterId: clusterId(random.uuid()) }];
  for (const stranger of strangers)
    await expect(startLogServer({ ...options, ...stranger })).rejects.toEqual(code('E_STORE_FOREIGN'));
  const after = await (await cluster.start('s1')).status();
  expect(after).toEqual({ ...before, incarnation: after.incarnation });
});

test('a lost store is not formatted in passing; formatted on purpose, it has forgotten its generation', async () => {
  const before = await (await cluster.startAdmitted('s1')).status();
  await cluster.stop('s1');
  await rm(join(cluster.dir, 's1'), { recursive: true });
  await expect(cluster.start('s1', { format: false })).rejects.toEqual(code('E_STORE_UNFORMATTED'));
  await expect(readdir(join(cluster.dir, 's1'))).rejects.toThrow();
  const after = await (await cluster.start('s1', { format: true })).status();
  expect(after.generation).toBe(undefined);
  expect(after.storeId).not.toBe(before.storeId);
});

test('the data directory of a dead server says what the server said, and is not touched', async () => {
  const server = await cluster.startAdmitted('s1');
  const { logletId, logId } = await openLoglet([server]);
  await openLoglet([server]);
  value(await server.store({ logletId, entries: entries(0n, 9n), knownCommitted: 9n }));
  value(await server.trim(GENERATION, logId, 2n));
  const [status, ...said] = await all(server.inventory());
  await cluster.stop('s1');
  const dataDir = join(cluster.dir, 's1');
  const before = await contents(dataDir);
  const reader = await openStoreReadOnly(dataDir, owner);
  const [first, ...rest] = await all(reader.inventory());
  expect(rest).toEqual(said);
  expect(first).toMatchObject({
    item: 'server',
    status: { storeId: status?.item === 'server' && status.status.storeId },
  });
  const read = value(await reader.read({ logletId, from: 2n, to: 9n }));
  expect(texts(read.entries)).toEqual(texts(entries(2n, 9n)));
  await reader.close();
  expect(await contents(dataDir)).toEqual(before);
});

test('a bit that flips on the disk is noticed: an entry is not served, a record is reported as damaged', async () => {
  const server = await cluster.startAdmitted('s1');
  const sound = await openLoglet([server]);
  const broken = await openLoglet([server]);
  const { logletId } = sound;
  value(await server.store({ logletId, entries: entries(0n, 3n), knownCommitted: 3n }));
  await cluster.stop('s1');
  const databases = openDatabases(dataFile(join(cluster.dir, 's1')), false);
  const { copy } = new LmdbView(databases).loglet(logletId) ?? { copy: 0 };
  databases.entries.putSync(entryKey(copy, 1n), flipped(databases.entries.getBinary(entryKey(copy, 1n))));
  const record = KEYS.loglet(broken.logletId);
  databases.records.putSync(record, flipped(databases.records.getBinary(record)));
  await databases.root.close();
  const again = await cluster.start('s1');
  expect(texts(value(await again.read({ logletId, from: 0n, to: 3n })).entries)).toEqual(['entry 0']);
  expect(await again.read({ logletId, from: 1n, to: 3n })).toMatchObject({ refusal: { code: 'corrupt' } });
  const items = await all(again.inventory());
  expect(items).toContainEqual(expect.objectContaining({ item: 'damaged', logletId: broken.logletId }));
  expect(items).toContainEqual(
    expect.objectContaining({ item: 'loglet', state: expect.objectContaining({ corrupt: [1n] }) }),
  );
  expect(items.at(-1)).toEqual({ item: 'end', loglets: 2 });
  await expect(again.activate(GENERATION, broken.logletId, 1)).rejects.toThrow('checksum');
  // One that is damaged does not keep the others from being sealed.
  const sealed = await again.seal(GENERATION, [broken.logletId, logletId]);
  expect(sealed).toMatchObject([
    { answer: { ok: false, refusal: { code: 'corrupt' } } },
    { answer: { ok: true, value: { sealed: true } } },
  ]);
  expect(value(await again.repair(GENERATION, logletId, entries(1n, 2n)))).not.toHaveProperty('corrupt');
  expect(value(await again.read({ logletId, from: 0n, to: 3n })).entries).toHaveLength(3);
});

test('dropping and trimming give the room back, also after a restart in between', async () => {
  const server = await cluster.startAdmitted('s1');
  const { logletId } = await openLoglet([server]);
  value(await server.store({ logletId, entries: entries(0n, 5_000n), knownCommitted: 5_000n }));
  await server.seal(GENERATION, [logletId]);
  value(await server.drop(GENERATION, logletId));
  await cluster.stop('s1');
  const again = await cluster.start('s1');
  const { logletId: other } = await openLoglet([again]);
  value(await again.store({ logletId: other, entries: entries(0n, 10n), knownCommitted: 10n }));
  await cluster.stop('s1');
  const databases = openDatabases(dataFile(join(cluster.dir, 's1')), false);
  const store = new LmdbLogStore(databases, new Reserve(dataFile(join(cluster.dir, 's1'))), () =>
    databases.root.close(),
  );
  await expect.poll(() => databases.entries.getCount(), { timeout: 20_000 }).toBe(10);
  await store.close();
});

test('bytes that are no store, a place that is no directory and a taken address are said to be that', async () => {
  const dataDir = join(cluster.dir, 's1');
  await mkdir(dataDir);
  await writeFile(join(dataDir, 'data.mdb'), Buffer.alloc(20_000, 7));
  await expect(cluster.start('s1')).rejects.toEqual(code('E_CORRUPT'));
  await expect(openStoreReadOnly(dataDir, owner)).rejects.toEqual(code('E_CORRUPT'));
  await expect(cluster.start('s2', { dataDir: join(dataDir, 'data.mdb') })).rejects.toEqual(code('E_DISK'));
  await cluster.start('s3');
  const port = Number(new URL(cluster.running.get(serverId('s3'))?.url ?? '').port);
  await expect(cluster.start('s4', { port })).rejects.toEqual(code('E_CONFIG'));
  expect((await (await cluster.start('s4')).status()).serverId).toBe('s4');
});

test('an address beyond this machine needs TLS and tokens, and nothing is opened before', async () => {
  const tokens = 'operate 0123456789abcdef';
  for (const open of [{}, { tokens }, { tls: { cert: '', key: '' } }])
    await expect(cluster.start('s1', { host: '0.0.0.0', ...open })).rejects.toEqual(code('E_NEEDS_TLS'));
  await expect(readdir(join(cluster.dir, 's1'))).rejects.toThrow();
});

function flipped(stored: Buffer | undefined): Buffer {
  if (stored === undefined) throw new Error('nothing is stored there');
  const damaged = Buffer.from(stored);
  damaged[damaged.length - 1] = (damaged[damaged.length - 1] ?? 0) ^ 1;
  return damaged;
}

async function contents(dir: string): Promise<Record<string, string>> {
  const names = (await readdir(dir)).sort();
  const digests = names.map(async (name) => {
    const bytes = await readFile(join(dir, name));
    return [name, createHash('sha256').update(bytes).digest('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(digests));
}
