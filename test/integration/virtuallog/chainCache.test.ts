import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PortError } from '../../../src/core/errors.ts';
import { FileChainCache } from '../../../src/drivers/chain-cache-file.ts';
import { LOG, payloads, TestCluster, texts } from '../../support/cluster.ts';
import { around } from '../../support/faults.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vlog-dr-cache-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function down(cluster: TestCluster) {
  return around(cluster.metaStore, (name) =>
    Promise.reject(new PortError('unavailable', { subject: name, message: 'down' })),
  );
}

test('a client that starts while the MetaStore is down appends and reads with the chain on disk', async () => {
  const cluster = await TestCluster.start({ snapshots: 'best-effort' });
  const cached = join(dir, 'not', 'made', 'yet');
  const before = cluster.client({ chainCache: new FileChainCache(cached) });
  await before.append(payloads('a'));
  await before.reconfigure();
  await before.append(payloads('b'));
  const fresh = cluster.client({ metaStore: down(cluster), chainCache: new FileChainCache(cached) });
  expect(await fresh.append(payloads('c'))).toEqual({ outcome: 'acknowledged', positions: [2n] });
  expect(await texts(fresh)).toEqual(['a', 'b', 'c']);
  expect(await new FileChainCache(cached).load(LOG)).toEqual(await cluster.metaStore.get(LOG));
  expect(await readdir(cached)).toEqual(['1.chain.json']);
});

test.each([
  { name: 'cut short', text: '{"clusterId": "0000' },
  { name: 'of another form', text: '{"segments": []}' },
  { name: 'empty', text: '' },
])('a cache that is $name is not used, and said', async ({ text }) => {
  const cluster = await TestCluster.start();
  await writeFile(join(dir, '1.chain.json'), text);
  const log = cluster.client({ chainCache: new FileChainCache(dir) });
  expect(await log.append(payloads('a'))).toEqual({ outcome: 'acknowledged', positions: [0n] });
  expect(cluster.warnings).toEqual([expect.stringContaining('is not used')]);
  expect(await new FileChainCache(dir).load(LOG)).toEqual(await cluster.metaStore.get(LOG));
});

test('a cache that cannot be written costs a warning and nothing else', async () => {
  const cluster = await TestCluster.start();
  await writeFile(join(dir, 'file'), '');
  const log = cluster.client({ chainCache: new FileChainCache(join(dir, 'file', 'below')) });
  expect(await log.append(payloads('a'))).toEqual({ outcome: 'acknowledged', positions: [0n] });
  expect(cluster.warnings.length).toBeGreaterThan(0);
});
