import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logletIdOf } from '../../../src/core/restate/loglets.ts';
import type { Chains, Segment } from '../../../src/core/restate/values.ts';
import { expectContinued, RestateSandbox } from '../../support/restate.ts';

let sandbox: RestateSandbox;
beforeAll(async () => {
  sandbox = await RestateSandbox.up('builtin');
});
afterAll(() => sandbox.down());

interface Plan {
  readonly verdict: string;
  readonly logs: readonly {
    readonly logId: string;
    readonly verdict: string;
    readonly dropped: readonly { readonly because: string }[];
  }[];
}

/** Additions, and none under way: of two seals at once, the test's and Restate's own, the loser completes what is. */
async function add(more: number): Promise<void> {
  await sandbox.until(sandbox.startLoad(), more);
  await sandbox.applied();
}

/** Chains with an empty segment, and with a loglet whose end one node never heard of: started again, it would be told. */
async function fill(down: string): Promise<{ truth: Chains; leftOpen: Segment | undefined }> {
  await add(60);
  const leftOpen = (await sandbox.chains()).logs.get(0)?.at(-1);
  await sandbox.cli.must(0, 'sandbox', 'kill', down);
  await add(40);
  for (const logId of [0, 1]) await sandbox.reconfigure(logId);
  await add(40);
  for (const logId of [0, 0, 1]) await sandbox.reconfigure(logId);
  await add(40);
  return { truth: await sandbox.chains(), leftOpen };
}

test('one log-server gone for good, an empty segment, a loglet left open on one survivor: the chains are the lost ones', async () => {
  const ids = await sandbox.idsByName();
  await sandbox.settled();
  // It leads nothing, so nothing moves when it goes down.
  const down = await sandbox.followerOnly();
  const [kept = '', lost = ''] = [...ids.keys()].filter((name) => name !== down);
  const { truth, leftOpen } = await fill(down);
  await sandbox.cli.must(0, 'sandbox', 'kill', kept, lost);
  await sandbox.deleteMetadata(kept, down);
  await rm(sandbox.cli.file('data', lost), { recursive: true });
  await sandbox.cli.must(0, 'sandbox', 'start', kept, down);
  await sandbox.answers(2);
  // What was acknowledged since lies on one of those that are left alone.
  const [left] = await sandbox.cluster.copies(sandbox.address(down), [logletIdOf(0, leftOpen?.index ?? 0)]);
  expect(left?.sealed).toBe(false);

  const rebuild = ['rebuild-metastore', '--from-loglets', '--replication', '{node: 2}', '--apply', '--yes'];
  const unknown = await sandbox.cli.run(rebuild);
  expect(unknown.code).toBe(4);
  expect(unknown.stderr).toContain(`The node id of ${lost}`);

  const accepted = ['0', '1', 'cluster'].flatMap((what) => ['--accept-unproven', what]);
  const known = [...rebuild, '--node', `${lost}=${ids.get(lost)}`, ...accepted];
  const plan = await sandbox.cli.json<Plan>(3, ...known);
  // No restarted log-server knows what tail it was told: the ends are right, and not proven.
  expect(plan.verdict).toBe('unproven');
  expect(plan.logs.flatMap(({ dropped }) => dropped.map(({ because }) => because))).toContain('empty');
  expectContinued(await sandbox.chains(), truth);
  await sandbox.redeploy();
  await add(40);
  for (const one of await sandbox.counters()) expect(one.verdict).toMatch(/equal|within/);
  expect(await sandbox.panics()).toEqual([]);
});
