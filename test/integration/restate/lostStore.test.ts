import { afterEach, describe, expect, test } from 'vitest';
import { realClock } from '../../support/realClock.ts';
import { rebuiltUnderLoad } from '../../support/restate/rebuiltUnderLoad.ts';
import { RestateSandbox } from '../../support/restate.ts';

let sandbox: RestateSandbox | undefined;
afterEach(async () => {
  await sandbox?.down();
  sandbox = undefined;
});

describe('all metadata is gone and the nodes live: rebuilt from what they remember', () => {
  test('in etcd: no call fails before, meanwhile and after; both logs reconfigure; no node panics, also when a leader dies', async () => {
    sandbox = await RestateSandbox.up('etcd');
    await rebuiltUnderLoad(sandbox);
  });

  test('in the nodes: no call fails until the rebuild stops them, and none after; both logs reconfigure', async () => {
    sandbox = await RestateSandbox.up('builtin');
    const load = sandbox.startLoad();
    await sandbox.until(load, 100);
    // Two of three are gone for good: the third remembers, and serves its part of the logs alone.
    await sandbox.stopLoad();
    expect(load.unknown, load.whyUnknown).toBe(0);
    await sandbox.cli.must(0, 'sandbox', 'lose-metastore', '--keep', '1');
    const startedAt = realClock.now();
    const after = sandbox.startLoad();
    const applied = await sandbox.cli.json<{ applied: boolean }>(
      0,
      ...['rebuild-metastore', '--apply', '--yes', '--from-loglets', '--old-metastore-destroyed'],
    );
    expect(applied.applied).toBe(true);
    await sandbox.until(after, 1);
    console.info(
      `built-in store: ${(after.acknowledgedAt[0] ?? 0) - startedAt} ms from --apply to the first acknowledged call`,
    );
    for (const logId of [0, 1]) await sandbox.reconfigure(logId);
    await sandbox.until(after, 100);
    await sandbox.stopLoad();
    for (const one of await sandbox.counters()) expect(one.verdict).toMatch(/equal|within/);
    expect(await sandbox.panics()).toEqual([]);
  });
});
