import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHAINS } from '../../../src/core/restate/values.ts';
import { expectContinued, RestateSandbox } from '../../support/restate.ts';

let sandbox: RestateSandbox;
beforeAll(async () => {
  sandbox = await RestateSandbox.up('etcd');
});
afterAll(() => sandbox.down());

interface Plan {
  readonly applied: boolean;
  readonly verdict: string;
  readonly registers: readonly { readonly key: string; readonly action: string; readonly version: number }[];
  readonly newEtcd: {
    readonly start: string;
    readonly survivors: readonly { readonly origin: string; readonly registers: Record<string, number> }[];
  };
}

/** A node that is slow to answer is no silent one: then the plan would need consents. */
const FORCE = ['force-new-cluster', '--request-timeout', '20000', '--apply', '--yes'] as const;

async function expectThreeMembers(): Promise<void> {
  const { health, members } = await sandbox.cluster.registers.health();
  expect([health, members.length]).toEqual(['ok', 3]);
}

/** One of the members is down while chains change: what it has is older than what nodes cache. */
test('a stale member is all that is left: no call fails, nothing is older than a live cache, and it grows to three again', async () => {
  const load = sandbox.startLoad();
  await sandbox.until(load, 60);
  await sandbox.cli.must(0, 'sandbox', 'kill', 'm1');
  await sandbox.reconfigure(0);
  await sandbox.settled();
  const before = await sandbox.chains();
  await sandbox.cli.must(0, 'sandbox', 'wipe', 'm2', 'm3');

  const plan = await sandbox.cli.json<Plan>(0, ...FORCE);
  expect(plan).toMatchObject({ applied: true, verdict: 'proven', newEtcd: { start: 'survivor' } });
  const [survivor] = plan.newEtcd.survivors;
  expect(survivor?.registers[CHAINS]).toBeLessThan(before.version);
  expect(plan.registers.find(({ key }) => key === CHAINS)).toMatchObject({ action: 'write' });
  const after = await sandbox.chains();
  expect(after.version).toBeGreaterThanOrEqual(before.version);
  expectContinued(after, before);
  await expectThreeMembers();
  for (const logId of [0, 1]) await sandbox.reconfigure(logId);
  await sandbox.until(load, 60);
  await sandbox.stopLoad();
  expect(load.unknown, load.whyUnknown).toBe(0);
});
