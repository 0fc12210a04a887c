import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestRestoreResult, testRestoreResultSchema } from '../../../src/codec/results/testRestore.ts';
import { type Chain, identityOf } from '../../../src/core/chain.ts';
import { MemoryMetaStore } from '../../../src/drivers/memory/metaStore.ts';
import { MemoryRepository } from '../../../src/drivers/memory/repository.ts';
import { testRestore } from '../../../src/operations/backup/testRestore.ts';
import { silentReporter } from '../../../src/ports/Reporter.ts';
import { Snapshots } from '../../../src/snapshots/Snapshots.ts';
import { CliSandbox } from '../../support/cli.ts';
import { CLUSTER_ID, LOG, payloads, TestCluster } from '../../support/cluster.ts';
import { collect } from '../../support/snapshots.ts';

describe('backups test-restore on real processes', () => {
  let sandbox: CliSandbox;
  beforeAll(async () => {
    sandbox = await CliSandbox.up('--servers', '3', '--repo', 'file:///REPO');
    await sandbox.must(0, 'sandbox', 'load', '--log', '1', '--entries', '30', '--reconfigure-every', '10');
    await sandbox.must(0, 'backup');
  });
  afterAll(() => sandbox.down());

  async function restored(code: number, ...ids: string[]): Promise<TestRestoreResult> {
    const printed = await sandbox.json(code, 'backups', 'test-restore', ...ids);
    testRestoreResultSchema.parse(printed);
    return printed as unknown as TestRestoreResult;
  }

  it('the newest snapshot is what lives', async () => {
    const { logs, verdict } = await restored(0);
    expect(verdict).toBe('ok');
    expect(logs).toMatchObject([{ logId: '1', restored: true, register: 'same', segments: 3, confirmed: 3 }]);
  });

  it('an older one is behind', async () => {
    const { logs } = await restored(3, '1:1');
    expect(logs).toMatchObject([{ version: 1, restored: true, register: 'behind', behind: 2 }]);
  });

  it('without a living MetaStore nobody can tell, and the snapshot still restores', async () => {
    await sandbox.must(0, 'sandbox', 'kill', 'm1');
    const { logs } = await restored(3);
    expect(logs).toMatchObject([{ restored: true, register: 'unknown', confirmed: 3 }]);
  });
});

describe('a test restore says no when', () => {
  async function lived() {
    const cluster = await TestCluster.start();
    for (let round = 0; round < 2; round += 1) {
      await cluster.client().append(payloads('a'));
      await cluster.client().reconfigure();
    }
    const repository = new MemoryRepository();
    const { clock, random, servers, metaStore } = cluster;
    const snapshots = new Snapshots({
      repository,
      clusterId: CLUSTER_ID,
      clock,
      random,
      writtenBy: 'a test',
    });
    const chains = await collect(metaStore.history(LOG));
    const run = (live: MemoryMetaStore) =>
      testRestore({
        deps: { metaStore: live, snapshots, reporter: silentReporter, logServers: servers },
        into: new MemoryMetaStore(),
        clock,
      });
    return { cluster, snapshots, chains, run };
  }

  it('the MetaStore is older', async () => {
    const { chains, snapshots, run } = await lived();
    for (const chain of chains) await snapshots.ensureSnapshot(chain);
    const old = new MemoryMetaStore();
    await old.compareAndSet(LOG, undefined, chains[0] as Chain);
    expect(await run(old)).toMatchObject({ verdict: 'mismatch', logs: [{ register: 'backwards' }] });
  });

  it('the loglets are other ones than it says, whatever the MetaStore says', async () => {
    const { chains, snapshots, run } = await lived();
    const [first, second, third] = chains as [Chain, Chain, Chain];
    const forged: Chain = {
      ...third,
      segments: third.segments.map((one, place) =>
        place === 0 ? { ...one, durability: { kind: 'majority' } } : one,
      ),
    };
    for (const chain of [first, second, forged]) await snapshots.ensureSnapshot(chain);
    const live = new MemoryMetaStore();
    await live.compareAndSet(LOG, undefined, forged);
    expect(identityOf(forged)).not.toEqual(identityOf(third));
    const result = await run(live);
    expect(result).toMatchObject({ verdict: 'mismatch', logs: [{ register: 'same', confirmed: 2 }] });
  });
});
