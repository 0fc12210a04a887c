import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logletIdOf } from '../../../src/core/restate/loglets.ts';
import type { Chains } from '../../../src/core/restate/values.ts';
import { eventually, expectContinued, isDone, RestateSandbox } from '../../support/restate.ts';

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

/** A node that has just started may not have heard of the last segment yet. */
async function extend(logId: number, sequencer: number): Promise<void> {
  const request = { logId, replication: { node: 2 }, nodeset: [1, 2, 3], sequencer };
  await eventually('a new segment', () => isDone(sandbox.cluster.sealAndExtend(request)));
}

async function add(more: number): Promise<void> {
  await sandbox.until(sandbox.startLoad(), more);
  await sandbox.stopLoad();
}

/** Chains with a loglet that one node never heard was sealed, and with an empty segment. */
async function fill(n1: number): Promise<Chains> {
  await add(60);
  await sandbox.cli.must(0, 'sandbox', 'kill', 'n3');
  await add(40);
  for (const logId of [0, 1]) await extend(logId, n1);
  await add(40);
  await sandbox.cli.must(0, 'sandbox', 'start', 'n3');
  for (const logId of [0, 0, 1]) await extend(logId, n1);
  await add(40);
  return await sandbox.chains();
}

test('one log-server gone for good, an empty segment, a loglet left open on one node: the chains are the lost ones', async () => {
  const ids = await sandbox.idsByName();
  const truth = await fill(ids.get('n1') ?? 1);
  const [left] = await sandbox.cluster.copies(sandbox.address('n3'), [logletIdOf(0, 0)]);
  expect(left?.sealed).toBe(false);
  await sandbox.cli.must(0, 'sandbox', 'kill', 'n1', 'n2', 'n3');
  await sandbox.deleteMetadata('n1', 'n2');
  await rm(sandbox.cli.file('data', 'n3'), { recursive: true });
  await sandbox.cli.must(0, 'sandbox', 'start', 'n1', 'n2');
  await sandbox.answers(2);

  const rebuild = ['rebuild-metastore', '--from-loglets', '--replication', '{node: 2}', '--apply', '--yes'];
  const unknown = await sandbox.cli.run(rebuild);
  expect(unknown.code).toBe(4);
  expect(unknown.stderr).toContain('The node id of n3');

  const accepted = ['0', '1', 'cluster'].flatMap((what) => ['--accept-unproven', what]);
  const known = [...rebuild, '--node', `n3=${ids.get('n3')}`, ...accepted];
  const plan = await sandbox.cli.json<Plan>(3, ...known);
  // No restarted log-server knows what tail it was told: the ends are right, and not proven.
  expect(plan.verdict).toBe('unproven');
  expect(plan.logs.flatMap(({ dropped }) => dropped.map(({ because }) => because))).toContain('empty');
  const rebuilt = await sandbox.chains();
  expectContinued(rebuilt, truth);
  await sandbox.redeploy();
  await add(40);
  for (const one of await sandbox.counters()) expect(one.verdict).toMatch(/equal|within/);
  expect(await sandbox.panics()).toEqual([]);
});
