import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

describe('a client that starts with an old chain while the MetaStore is down', () => {
  /** A chain that was cached before the log went on in three more loglets. */
  async function longGone() {
    const cluster = await TestCluster.start({ snapshots: 'best-effort' });
    const old = cluster.client({ chainCache: new FileChainCache(dir) });
    await old.append(payloads('a'));
    const others = cluster.client();
    for (const text of ['b', 'c', 'd']) {
      await others.reconfigure();
      await others.append(payloads(text));
    }
    const late = () =>
      cluster.client({
        ...{ metaStore: down(cluster), chainCache: new FileChainCache(dir) },
        patience: { appendTimeoutMs: 5_000 },
      });
    const chain = await cluster.metaStore.get(LOG);
    if (chain === undefined) throw new Error('no chain');
    return { cluster, chain, late };
  }

  test('follows the close records of its loglets to where appends are taken', async () => {
    const { cluster, chain, late } = await longGone();
    const log = late();
    expect(await log.append(payloads('e'))).toMatchObject({ outcome: 'acknowledged', positions: [4n] });
    expect(await texts(log)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await texts(late())).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect((await log.chain()).segments).toEqual(chain.segments);
    // It was not read from the register: it is no evidence, and is not kept as such.
    expect((await new FileChainCache(dir).load(LOG))?.segments).toHaveLength(1);
    // And the register, when it answers again, is what counts.
    const back = cluster.client({ chainCache: new FileChainCache(dir) });
    expect(await back.refresh()).toEqual(chain);
  });

  test('reconfigures nothing on what it was told so', async () => {
    const { late } = await longGone();
    const log = late();
    await log.append(payloads('e'));
    await expect(log.reconfigure()).rejects.toMatchObject({ code: 'E_METASTORE_UNAVAILABLE' });
  });

  test('believes no descriptor that is another one than its digest says', async () => {
    const { cluster, chain, late } = await longGone();
    const second = chain.segments[1];
    for (const { serverId } of second?.nodeset ?? []) {
      const { descriptors } = cluster.server(serverId).disk;
      const held = second && descriptors.get(second.logletId);
      if (held !== undefined) descriptors.set(held.logletId, { ...held, start: held.start + 1n });
    }
    await expect(late().append(payloads('e'))).rejects.toMatchObject({ code: 'E_APPEND_FAILED' });
  });
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
