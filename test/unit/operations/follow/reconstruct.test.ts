import { expect, test } from 'vitest';
import { type Chain, chainDigest } from '../../../../src/core/chain.ts';
import { MemoryRepository } from '../../../../src/drivers/memory/repository.ts';
import { backupNow } from '../../../../src/operations/backup/backupNow.ts';
import type { MetaStore } from '../../../../src/ports/MetaStore.ts';
import { silentReporter } from '../../../../src/ports/Reporter.ts';
import { Snapshots } from '../../../../src/snapshots/Snapshots.ts';
import { CLUSTER_ID, LOG, payloads, TestCluster } from '../../../support/cluster.ts';
import { around } from '../../../support/faults.ts';
import { collect } from '../../../support/snapshots.ts';

/** The same MetaStore, with all but the newest value compacted away. */
function forgetful(metaStore: MetaStore): MetaStore {
  return around(metaStore, (name, call) => (name === 'history' ? newestOf(metaStore) : call()));
}

async function* newestOf(metaStore: MetaStore): AsyncIterable<Chain> {
  const chain = await metaStore.get(LOG);
  if (chain !== undefined) yield chain;
}

/** A cluster through a few reconfigurations and a trim; every chain it had, as it was. */
async function lived(): Promise<{ cluster: TestCluster; chains: Chain[] }> {
  const cluster = await TestCluster.start();
  const log = cluster.client();
  for (let round = 0; round < 3; round += 1) {
    await log.append(payloads('a', 'b'));
    await log.reconfigure();
  }
  await log.trim(3n);
  for (let round = 0; round < 2; round += 1) {
    await log.append(payloads('c'));
    await log.reconfigure();
  }
  return { cluster, chains: await collect(cluster.metaStore.history(LOG)) };
}

async function backedUp(cluster: TestCluster, withServers: boolean, before: readonly Chain[] = []) {
  const repository = new MemoryRepository();
  const { clock, random, reporter } = cluster;
  const snapshots = new Snapshots({ repository, clusterId: CLUSTER_ID, clock, random, writtenBy: 'a test' });
  for (const chain of before) await snapshots.ensureSnapshot(chain);
  const metaStore = forgetful(cluster.metaStore);
  const deps = { metaStore, snapshots, reporter: reporter ?? silentReporter };
  const result = await backupNow(withServers ? { ...deps, logServers: cluster.servers } : deps);
  return { result, items: await collect(snapshots.list(LOG)) };
}

test('versions that the MetaStore forgot are made again from the loglets, to the byte', async () => {
  const { cluster, chains } = await lived();
  const [first, ...rest] = chains;
  const { result, items } = await backedUp(cluster, true, first === undefined ? [] : [first]);
  expect(rest.length).toBeGreaterThan(4);
  const digests = items.map((item) => ('document' in item ? item.document.chainDigest : 'damaged'));
  expect(digests).toEqual(chains.map(chainDigest));
  expect(result.logs).toMatchObject([{ added: rest.slice(0, -1).map(({ version }) => version), gaps: [] }]);
});

test('without the loglets they are gaps', async () => {
  const { cluster, chains } = await lived();
  const { result } = await backedUp(cluster, false);
  expect(result.logs).toMatchObject([{ gaps: chains.slice(0, -1).map(({ version }) => version) }]);
});

test('a version whose loglets are all gone is a gap, and the others are still made again', async () => {
  const { cluster, chains } = await lived();
  // Nothing is known below, and what was trimmed has left its servers: only what a later loglet names can be told.
  const { items } = await backedUp(cluster, true);
  const digests = new Set(chains.map(chainDigest));
  for (const item of items)
    expect('document' in item && digests.has(item.document.chainDigest), 'never a chain that was not').toBe(
      true,
    );
  expect(items.length).toBeGreaterThan(1);
  expect(items.length).toBeLessThan(chains.length);
});
