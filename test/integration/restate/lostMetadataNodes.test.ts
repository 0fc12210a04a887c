import { afterAll, beforeAll, expect, test } from 'vitest';
import { killALeader, watchForPanics } from '../../support/restate/panics.ts';
import { expectContinued, RestateSandbox } from '../../support/restate.ts';

let sandbox: RestateSandbox;
beforeAll(async () => {
  sandbox = await RestateSandbox.up('builtin', '--metadata-nodes', '3');
});
afterAll(() => sandbox.down());

interface Plan {
  readonly applied: boolean;
  readonly verdict: string;
  readonly nodes: readonly { readonly name: string; readonly setAside: boolean }[];
}

/**
 * Where each node holds a part of the store, no node outlives the store's files (its next write ends it): all metadata
 * can be gone with all caches alive only where nodes of their own hold it.
 */
test('in nodes of its own: no call fails before, meanwhile and after; both logs reconfigure; no node panics, also when a leader dies', async () => {
  const load = sandbox.startLoad();
  await sandbox.until(load, 100);
  await sandbox.settled();
  const before = await sandbox.chains();
  await sandbox.cli.must(0, 'sandbox', 'lose-metastore');
  await sandbox.until(load, 100);
  const applied = await sandbox.cli.json<Plan>(
    0,
    ...['rebuild-metastore', '--apply', '--yes', '--from-loglets'],
  );
  expect(applied).toMatchObject({ applied: true, verdict: 'proven' });
  expect(applied.nodes.filter(({ setAside }) => setAside)).toEqual([]);
  const after = await sandbox.chains();
  expectContinued(after, before);
  await sandbox.until(load, 100);
  for (const logId of [0, 1]) await sandbox.reconfigure(logId);
  await sandbox.until(load, 100);
  await watchForPanics(sandbox);
  await sandbox.stopLoad();
  expect(load.unknown, load.whyUnknown).toBe(0);
  await killALeader(sandbox);
  for (const one of await sandbox.counters()) expect(one.verdict).toMatch(/equal|within/);
  expect(await sandbox.panics()).toEqual([]);
});
