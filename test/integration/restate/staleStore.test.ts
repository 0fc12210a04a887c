import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeNodes } from '../../../src/codec/restate/decode.ts';
import { encodeNodes } from '../../../src/codec/restate/encode.ts';
import type { RegisterSet } from '../../../src/core/registerSet.ts';
import { CHAINS, NODES } from '../../../src/core/restate/values.ts';
import { openFileRepository } from '../../../src/drivers/repository-file/fileRepository.ts';
import { SetBackups } from '../../../src/snapshots/SetBackups.ts';
import { realClock } from '../../support/realClock.ts';
import { expectContinued, RestateSandbox } from '../../support/restate.ts';

let sandbox: RestateSandbox;
beforeAll(async () => {
  sandbox = await RestateSandbox.up('etcd', '--repo', 'file:///REPO');
  await sandbox.cli.must(0, 'backup');
});
afterAll(() => sandbox.down());

interface Plan {
  readonly decision: string;
  readonly verdict: string;
  readonly registers: readonly { key: string; action: string; version: number; from: string }[];
  readonly logs: readonly { readonly completed: number }[];
}

const REBUILD = ['rebuild-metastore', '--from-loglets'] as const;

async function add(more: number): Promise<void> {
  await sandbox.until(sandbox.startLoad(), more);
  await sandbox.stopLoad();
}

async function take(key: string) {
  const value = await sandbox.cluster.registers.get(key);
  if (value === undefined) throw new Error(`no ${key}`);
  return value;
}

test('a store that was rolled back below what nodes cache gets back what they have', async () => {
  await add(40);
  const old = await take(CHAINS);
  await sandbox.reconfigure(0);
  const current = await take(CHAINS);
  await sandbox.cluster.registers.compareAndSet(CHAINS, current.version, old);
  const plan = await sandbox.cli.json<Plan>(0, ...REBUILD, '--apply', '--yes');
  expect(plan.verdict).toBe('proven');
  expect((await take(CHAINS)).version).toBeGreaterThanOrEqual(current.version);
  await sandbox.reconfigure(0);
  await add(40);
});

test('a half-restored store keeps what is right and gets the rest', async () => {
  const nodes = await take(NODES);
  await sandbox.cli.must(0, 'sandbox', 'lose-metastore');
  await sandbox.cluster.registers.compareAndSet(NODES, undefined, nodes);
  const plan = await sandbox.cli.json<Plan>(0, ...REBUILD, '--apply', '--yes');
  expect(plan.registers.find(({ key }) => key === NODES)).toMatchObject({ action: 'keep' });
  expect(plan.registers.find(({ key }) => key === CHAINS)).toMatchObject({ action: 'write' });
  await sandbox.reconfigure(1);
  await add(40);
});

test('a backup of another cluster is refused aloud', async () => {
  const register = await take(NODES);
  const decoded = decodeNodes(register.bytes);
  if (!decoded.ok) throw new Error(decoded.problem);
  const other = { ...decoded.value, fingerprint: 4711n };
  const set: RegisterSet = new Map([
    [NODES, { version: register.version, bytes: encodeNodes(other, 1n) }],
    [CHAINS, await take(CHAINS)],
  ]);
  const repository = await openFileRepository(`file://${sandbox.cli.dir}.repo`, { create: true });
  const backups = new SetBackups({ repository, clock: realClock, writtenBy: 'a test' });
  const { ref } = await backups.write({ name: 'sandbox', fingerprint: 4711n }, set, 'store');
  const id = String(ref.takenAt);
  const refused = await sandbox.cli.run([...REBUILD, '--from-backup', id, '--apply', '--yes']);
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain('is of another cluster');
});

test('a backup that is newer than any cache is what comes back', async () => {
  await add(40);
  await sandbox.settled();
  const behind = await sandbox.followerOnly();
  const others = ['n1', 'n2', 'n3'].filter((name) => name !== behind);
  await sandbox.cli.must(0, 'sandbox', 'pause', behind);
  await sandbox.reconfigure(0);
  await sandbox.cli.must(0, 'backup');
  const truth = await sandbox.chains();
  await sandbox.cli.must(0, 'sandbox', 'kill', ...others);
  await sandbox.cli.must(0, 'sandbox', 'lose-metastore');
  await sandbox.cli.must(0, 'sandbox', 'resume', behind);
  await sandbox.cli.must(0, 'sandbox', 'start', ...others);
  await sandbox.answers(3);
  const plan = await sandbox.cli.json<Plan>(0, ...REBUILD, '--apply', '--yes');
  const chains = plan.registers.find(({ key }) => key === CHAINS);
  expect(chains?.from).toMatch(/backup/);
  expect((await sandbox.chains()).version).toBeGreaterThan(truth.version);
  expectContinued(await sandbox.chains(), truth);
  await add(40);
  for (const one of await sandbox.counters()) expect(one.verdict).toMatch(/equal|within/);
});

test('a stale backup, and nobody who remembers: completed from the log-servers before its version is lifted', async () => {
  await sandbox.cli.must(0, 'backup');
  for (const logId of [0, 1]) await sandbox.reconfigure(logId);
  await add(40);
  const truth = await sandbox.chains();
  await sandbox.cli.must(0, 'sandbox', 'kill', 'n1', 'n2', 'n3');
  await sandbox.cli.must(0, 'sandbox', 'lose-metastore');
  await sandbox.cli.must(0, 'sandbox', 'start', 'n1', 'n2', 'n3');
  await sandbox.answers(3);
  const accepted = ['0', '1'].flatMap((logId) => ['--accept-unproven', logId]);
  // Whether the ends are proven depends on what the log-servers had been told when they died.
  const { code, stdout } = await sandbox.cli.run([...REBUILD, '--apply', '--yes', ...accepted, '--json']);
  const plan = JSON.parse(stdout) as Plan;
  expect(code, stdout).toBe(plan.verdict === 'proven' ? 0 : 3);
  for (const { completed } of plan.logs) expect(completed).toBeGreaterThanOrEqual(1);
  const rebuilt = await sandbox.chains();
  expect(rebuilt.version).toBeGreaterThan(truth.version);
  expectContinued(rebuilt, truth);
  for (const one of await sandbox.counters()) expect(one.verdict).toMatch(/equal|within/);
  expect(await sandbox.panics()).toEqual([]);
});
