import { afterEach, describe, expect, test } from 'vitest';
import type { Chains } from '../../../src/core/restate/values.ts';
import { expectContinued, RestateSandbox } from '../../support/restate.ts';

let sandbox: RestateSandbox | undefined;
afterEach(async () => {
  await sandbox?.down();
  sandbox = undefined;
});

interface Plan {
  readonly applied: boolean;
  readonly verdict: string;
  readonly logs: readonly { readonly logId: string; readonly verdict: string }[];
  readonly unknown?: readonly { readonly what: string }[];
}

/**
 * Segments with additions between them, and one that stays empty. None is under way at a seal: of two seals at once, the
 * test's and Restate's own, the one that loses completes such a record behind the end, and nobody remembers that it lost.
 */
async function fill(cluster: RestateSandbox): Promise<Chains> {
  for (let turn = 0; turn < 3; turn += 1) {
    await cluster.until(cluster.startLoad(), 60);
    await cluster.applied();
    for (const logId of [0, 1]) await cluster.reconfigure(logId);
  }
  await cluster.until(cluster.startLoad(), 60);
  await cluster.applied();
  // Nothing is written between these two: an empty segment has the base of its successor.
  for (const logId of [0, 0]) await cluster.reconfigure(logId);
  // The head of the other log is gone for good, and a part of what follows.
  await cluster.restart();
  const [, second] = (await cluster.chains()).logs.get(1) ?? [];
  await cluster.trim(1, (second?.base ?? 1n) + 10n);
  return await cluster.chains();
}

const REBUILD = ['rebuild-metastore', '--from-loglets', '--apply', '--yes'] as const;
// Restarted log-servers were told no tail of a sealed loglet that they still know: ends are what may have been acknowledged.
const ACCEPT = ['0', '1', 'cluster'].flatMap((what) => ['--accept-unproven', what]);

describe('everything was restarted, no cache, no backup, and the metadata is gone', () => {
  test('the chains are rebuilt from the log-servers alone, and counters are what they were', async () => {
    sandbox = await RestateSandbox.up('builtin');
    const truth = await fill(sandbox);
    await sandbox.cli.must(0, 'sandbox', 'lose-metastore');
    const plan = await sandbox.cli.json<Plan>(3, ...REBUILD, ...ACCEPT, '--replication', '{node: 2}');
    expect(plan.applied).toBe(true);
    expectContinued(await sandbox.chains(), truth);
    await sandbox.redeploy();
    for (const one of await sandbox.counters())
      expect(one.verdict, JSON.stringify(one)).toMatch(/equal|within/);
    expect(await sandbox.panics()).toEqual([]);
  });
});
