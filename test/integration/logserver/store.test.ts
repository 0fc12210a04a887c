import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clusterId, serverId } from '../../../src/core/ids.ts';
import { openStoreReadOnly } from '../../../src/logserver/lmdb/readOnly.ts';
import { startLogServer } from '../../../src/logserver/server.ts';
import { owner } from '../../../src/main/ownership.ts';
import { all, entries, GENERATION, openLoglet, random, texts, value } from '../../contract/logServerWorld.ts';
import { HttpCluster } from '../../support/logserver/httpCluster.ts';
import { compileLogServer, LogServerProcess } from '../../support/logserver/process.ts';

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

test('two servers never share a store; a dead one leaves no lock', async () => {
  await cluster.startAdmitted('s1');
  await expect(cluster.start('s1')).rejects.toEqual(code('E_STORE_LOCKED'));
  await cluster.stop('s1');
  const program = await compileLogServer();
  try {
    const dataDir = join(cluster.dir, 's1');
    const other = await LogServerProcess.start(program.file, dataDir);
    await expect(cluster.start('s1')).rejects.toEqual(code('E_STORE_LOCKED'));
    await expect(openStoreReadOnly(dataDir, owner)).rejects.toEqual(code('E_STORE_LOCKED'));
    await other.kill();
    expect((await (await cluster.start('s1')).status()).generation).toEqual(GENERATION);
  } finally {
    await rm(program.dir, { recursive: true, force: true });
  }
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

test('an address beyond this machine needs TLS and tokens, and nothing is opened before', async () => {
  const tokens = 'operate 0123456789abcdef';
  for (const open of [{}, { tokens }, { tls: { cert: '', key: '' } }])
    await expect(cluster.start('s1', { host: '0.0.0.0', ...open })).rejects.toEqual(code('E_NEEDS_TLS'));
  await expect(readdir(join(cluster.dir, 's1'))).rejects.toThrow();
});

async function contents(dir: string): Promise<Record<string, string>> {
  const names = (await readdir(dir)).sort();
  const digests = names.map(async (name) => {
    const bytes = await readFile(join(dir, name));
    return [name, createHash('sha256').update(bytes).digest('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(digests));
}
