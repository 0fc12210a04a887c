import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, isDone, RestateSandbox } from '../../support/restate.ts';

let sandbox: RestateSandbox;
beforeAll(async () => {
  sandbox = await RestateSandbox.up('builtin');
});
afterAll(() => sandbox.down());

test('a frozen node is sent nothing that would change something, wherever it is among the addresses', async () => {
  await sandbox.until(sandbox.startLoad(), 20);
  await sandbox.stopLoad();
  await sandbox.settled();
  for (const frozen of ['n1', 'n2', 'n3']) {
    await sandbox.cli.must(0, 'sandbox', 'pause', frozen);
    const { registers } = sandbox.cluster;
    await eventually(`a write beside ${frozen}`, () => isDone(registers.proveWritable()));
    await sandbox.reconfigure(0);
    expect(await sandbox.cluster.partitions()).toHaveLength(2);
    await sandbox.cli.must(0, 'sandbox', 'resume', frozen);
    await sandbox.until(sandbox.startLoad(), 20);
    await sandbox.stopLoad();
  }
  expect(await sandbox.panics()).toEqual([]);
});
