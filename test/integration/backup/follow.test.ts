import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { encodeDocument, withDigest } from '../../../src/codec/snapshot.ts';
import { type Chain, identityOf } from '../../../src/core/chain.ts';
import { logId } from '../../../src/core/ids.ts';
import { openFileMetaStore } from '../../../src/drivers/metastore-file/fileMetaStore.ts';
import { openFileRepository } from '../../../src/drivers/repository-file/fileRepository.ts';
import { openS3Repository } from '../../../src/drivers/repository-s3/s3Repository.ts';
import { verifyBackups } from '../../../src/operations/backup/verifyBackups.ts';
import type { MetaStore } from '../../../src/ports/MetaStore.ts';
import { silentReporter } from '../../../src/ports/Reporter.ts';
import { Snapshots } from '../../../src/snapshots/Snapshots.ts';
import { aChain, CLUSTER, chainVersions, extended } from '../../support/chains.ts';
import { FollowerProcess } from '../../support/follower.ts';
import { describeWith } from '../../support/programs.ts';
import { FaultProxy } from '../../support/s3/faultProxy.ts';
import { type S3, startS3 } from '../../support/s3/s3.ts';
import { collect, fixedParts } from '../../support/snapshots.ts';

const LOG = logId('1');
const SLOW = 120_000;
const LONG = 900_000;

let dir: string;
let metaStore: MetaStore;
const running: FollowerProcess[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vlog-dr-follow-'));
  metaStore = await openFileMetaStore({ dir: join(dir, 'metastore') });
});
afterEach(async () => {
  for (const follower of running.splice(0)) await follower.kill();
  await rm(dir, { recursive: true });
});

/** A configuration of a cluster whose LogServers are all down. */
async function configured(repository: object, metaStoreDir = 'metastore'): Promise<string> {
  const file = join(dir, `${metaStoreDir}.yaml`);
  const config = {
    cluster: { name: 'followed', id: CLUSTER },
    metaStore: { kind: 'file', dir: join(dir, metaStoreDir) },
    logServers: [{ id: 's1', url: 'http://127.0.0.1:1', location: 'r1/z1/k1' }],
    repository,
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

function start(config: string, ...flags: string[]): FollowerProcess {
  const follower = new FollowerProcess(config, ['--assess-every', '0', ...flags]);
  running.push(follower);
  return follower;
}

async function install(store: MetaStore, chains: readonly Chain[]): Promise<void> {
  for (const chain of chains) {
    const before = await store.get(chain.logId);
    const { outcome } = await store.compareAndSet(chain.logId, before && identityOf(before), chain);
    expect(outcome).toBe('installed');
  }
}

const versionsIn = async (snapshots: Snapshots) =>
  (await collect(snapshots.list(LOG))).map(({ ref }) => ref.version);

describe('backup --follow into a directory', () => {
  let config: string;
  let snapshots: Snapshots;
  const chains = chainVersions(aChain(), 6);
  beforeEach(async () => {
    const url = `file://${join(dir, 'repository')}`;
    config = await configured({ url });
    snapshots = new Snapshots({ repository: await openFileRepository(url), ...fixedParts });
  });

  test(
    'a follower that was down takes what was made meanwhile, and ends in order when it is told to',
    async () => {
      await install(metaStore, chains.slice(0, 3));
      const first = start(config);
      await first.snapshots(3);
      expect(await first.stop()).toBe(0);
      expect(first.events.at(-1)).toMatchObject({ event: 'ended', ok: true, snapshots: 3 });
      await install(metaStore, chains.slice(3));
      const second = start(config);
      await second.snapshots(3);
      expect(second.events.filter((one) => one.event === 'snapshot').map((one) => one.version)).toEqual([
        4, 5, 6,
      ]);
      expect(await versionsIn(snapshots)).toEqual([1, 2, 3, 4, 5, 6]);
    },
    SLOW,
  );

  test(
    'a log that is made while it runs is followed',
    async () => {
      const follower = start(config);
      await follower.until('started');
      await install(metaStore, chains.slice(0, 2));
      await install(metaStore, [aChain({ logId: logId('new') })]);
      await follower.until('snapshot', (one) => one.logId === 'new');
      await follower.until('snapshot', (one) => one.logId === LOG && one.version === 2);
    },
    SLOW,
  );

  test(
    'a MetaStore that was set back is alarmed, and what it then grows into is kept beside the backup',
    async () => {
      await install(metaStore, chains);
      const before = start(config);
      await before.snapshots(6);
      await before.kill();
      const old = await openFileMetaStore({ dir: join(dir, 'old') });
      await install(old, chains.slice(0, 3));
      const follower = start(await configured({ url: snapshots.repository.url }, 'old'));
      const alarm = await follower.until('alarm', (one) => one.kind === 'backwards');
      expect(alarm.message).toContain('at version 3');
      // It goes on from there, past the version that the repository has: with other segments.
      let fork = extended(chains[2] as Chain, 77n);
      const forks = [fork];
      while (fork.version < 8) {
        fork = extended(fork, 77n);
        forks.push(fork);
      }
      await install(old, forks);
      const diverged = await follower.until('alarm', (one) => one.kind === 'diverged');
      expect(diverged.message).toContain('divergent/');
      expect(await follower.stop()).toBe(3);
      expect(await versionsIn(snapshots)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(
        (await collect(snapshots.repository.list('clusters/'))).filter((key) => key.includes('/divergent/')),
      ).not.toEqual([]);
    },
    SLOW,
  );

  test(
    'an empty MetaStore is a lost one',
    async () => {
      await install(metaStore, chains);
      const before = start(config);
      await before.snapshots(6);
      await before.kill();
      await openFileMetaStore({ dir: join(dir, 'empty') });
      const follower = start(await configured({ url: snapshots.repository.url }, 'empty'));
      await follower.until('alarm', (one) => one.kind === 'lost');
      expect(await follower.stop()).toBe(3);
    },
    SLOW,
  );

  test(
    'versions that nobody has any more are recorded as gaps, and alarmed',
    async () => {
      await install(metaStore, chains.slice(3, 5));
      const follower = start(config);
      const alarm = await follower.until('alarm', (one) => one.kind === 'gap');
      expect(alarm.message).toContain('1, 2, 3');
      await follower.snapshots(2);
      expect(await follower.stop()).toBe(3);
      const verdict = await verifyBackups({ metaStore, snapshots, reporter: silentReporter });
      expect(verdict).toMatchObject({ ok: true, logs: [{ gaps: 3, snapshots: 2 }] });
    },
    SLOW,
  );

  test(
    'metrics say how far it is, and the heartbeat comes only while all is well',
    async () => {
      let beats = 0;
      let beaten: () => void = () => {};
      const beat = new Promise<void>((resolve) => {
        beaten = resolve;
      });
      const server = createServer((_, response) => {
        beats += 1;
        response.end();
        if (beats === 2) beaten();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping`;
      await install(metaStore, chains);
      const follower = start(config, '--metrics-port', '0', '--heartbeat-url', url);
      const { metrics } = await follower.until('started');
      await follower.snapshots(6);
      await beat;
      const page = await (await fetch(metrics ?? '')).text();
      expect(page).toContain('vlog_dr_snapshot_version{log="1"} 6');
      expect(page).toContain('vlog_dr_versions_behind{log="1"} 0');
      expect(page).toContain('vlog_dr_backed_up 1');
      await rm(join(dir, 'metastore', 'logs', '1'), { recursive: true });
      await follower.until('alarm', (one) => one.kind === 'lost');
      expect((await fetch((metrics ?? '').replace('/metrics', '/health'))).status).toBe(503);
      expect(await (await fetch(metrics ?? '')).text()).toContain('vlog_dr_alarms{kind="lost"} 1');
      server.close();
      server.closeAllConnections();
    },
    SLOW,
  );
});

describeWith('s3', 'backup --follow into a real S3 server', () => {
  let s3: S3;
  let proxy: FaultProxy;
  beforeEach(async () => {
    s3 = await startS3();
    proxy = await FaultProxy.start(s3.endpoint, 7);
    vi.stubEnv('AWS_ACCESS_KEY_ID', s3.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', s3.secretAccessKey);
  }, SLOW);
  afterEach(async () => {
    await proxy?.stop();
    await s3?.stop();
    vi.unstubAllEnvs();
  });

  const repositoryOf = (bucket: string) => ({
    url: `s3://${bucket}/backups`,
    endpoint: proxy.endpoint,
    region: s3.region,
    pathStyle: true,
  });
  const opened = async (bucket: string) => {
    const options = { endpoint: s3.endpoint, region: s3.region, pathStyle: true };
    return await openS3Repository(`s3://${bucket}/backups`, options);
  };

  test(
    'killed with -9 again and again while one request in five fails: every version once, none missing',
    async () => {
      const bucket = await s3.newBucket();
      const config = await configured(repositoryOf(bucket));
      const chains = chainVersions(aChain(), 500);
      const last = chains.at(-1)?.version;
      proxy.percent = 20;
      for (let kills = 0; kills < 10; kills += 1) {
        const from = kills * 48;
        await install(metaStore, chains.slice(from, from + 30));
        const follower = start(config);
        await follower.snapshots(12);
        await install(metaStore, chains.slice(from + 30, from + 48));
        await follower.snapshots(30);
        await follower.kill();
      }
      await install(metaStore, chains.slice(480));
      // Two at once, and they do not get in each other's way.
      const both = [start(config), start(config)];
      await Promise.race(both.map((one) => one.until('snapshot', ({ version }) => version === last)));
      expect(proxy.faults).toBeGreaterThan(200);
      const repository = await opened(bucket);
      const snapshots = new Snapshots({ repository, ...fixedParts });
      expect(await versionsIn(snapshots)).toEqual(chains.map(({ version }) => version));
      const verdict = await verifyBackups({ metaStore, snapshots, reporter: silentReporter });
      expect(verdict).toMatchObject({ ok: true, logs: [{ gaps: 0, snapshots: 500, register: 'same' }] });
      await repository.close();
    },
    LONG,
  );

  test(
    'a bucket that lets two writers win is found at the start, and again in the data',
    async () => {
      const bucket = await s3.newBucket({ objectLock: true });
      const config = await configured(repositoryOf(bucket));
      const chains = chainVersions(aChain(), 2);
      await install(metaStore, chains.slice(0, 1));
      const follower = start(config);
      const { guarantees } = await follower.until('started');
      expect(guarantees.createIfAbsent).toBe(false);
      await follower.until('alarm', (one) => one.kind === 'repositoryUnsafe');
      await follower.snapshots(1);
      // What a second writer at the same moment does there: its write wins too.
      const repository = await opened(bucket);
      const [key = ''] = (await collect(repository.list('clusters/'))).filter((one) =>
        one.includes('/0000000000000001.json'),
      );
      const other = new Snapshots({ repository, ...fixedParts, writtenBy: 'somebody else' });
      const { digest: _, ...document } = await other.read({ ...aChain(), logId: LOG });
      const written = withDigest({ ...document, takenAt: 1, writtenBy: 'somebody else' });
      await repository.put(key, encodeDocument(written));
      const alarm = await follower.until(
        'alarm',
        (one) => one.kind === 'twoWriters' || one.kind === 'repositoryFailing',
      );
      expect(alarm.kind).toBe('twoWriters');
      await repository.close();
    },
    SLOW,
  );

  test(
    'a repository that fails right after the start is waited for, and said',
    async () => {
      const config = await configured(repositoryOf(await s3.newBucket()));
      await install(metaStore, chainVersions(aChain(), 2));
      // Nothing of the logs can be listed, written or read.
      proxy.refusing = '/logs/';
      const follower = start(config);
      await follower.until('started');
      await follower.until(
        'alarm',
        ({ kind }) => kind === 'metaStoreFailing' || kind === 'repositoryFailing',
      );
      proxy.refusing = undefined;
      await follower.snapshots(2);
      await follower.until('cleared');
    },
    SLOW,
  );

  test(
    'a bucket that denies is an error at once, with its exit code',
    async () => {
      const config = await configured(repositoryOf(await s3.newBucket()));
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong');
      const follower = start(config);
      expect(await follower.ended).toBe(2);
      expect(follower.events).toEqual([]);
      expect(follower.failure).toBe('E_DENIED');
    },
    SLOW,
  );
});
