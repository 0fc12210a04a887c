import { afterAll, beforeAll, expect, test } from 'vitest';
import { CliSandbox, runCli } from '../../support/cli.ts';
import { describeWith } from '../../support/programs.ts';

interface Status {
  readonly metaStore: {
    readonly kind: string;
    readonly pids: readonly number[];
    readonly dataDirs: readonly string[];
    readonly members: readonly { readonly id: string; readonly state: string }[];
  };
}
interface Assessed {
  readonly metaStore: { readonly health: string; readonly members: readonly { readonly state: string }[] };
  readonly findings: readonly { readonly code: string }[];
}

describeWith('etcd', 'a sandbox whose MetaStore is an etcd', () => {
  let sandbox: CliSandbox;
  beforeAll(async () => {
    sandbox = await CliSandbox.up('--servers', '3', '--metastore', 'etcd');
  });
  afterAll(() => sandbox?.down());

  const members = async () =>
    (await sandbox.json<Status>(0, 'sandbox', 'status')).metaStore.members.map(({ state }) => state);
  const reconfigure = (code: number) => sandbox.must(code, 'reconfigure', '1', '--apply', '--yes');
  const codes = async () => (await sandbox.json<Assessed>(3, 'assess')).findings.map(({ code }) => code);

  test('three members run, each with a directory of its own', async () => {
    const { metaStore } = await sandbox.json<Status>(0, 'sandbox', 'status');
    expect(metaStore).toMatchObject({ kind: 'etcd', members: [{ id: 'm1' }, { id: 'm2' }, { id: 'm3' }] });
    expect(new Set(metaStore.pids).size).toBe(3);
    expect(new Set(metaStore.dataDirs).size).toBe(3);
    await sandbox.must(0, 'sandbox', 'load', '--entries', '40', '--reconfigure-every', '20');
  });

  test('without one member it is degraded, and logs are still reconfigured', async () => {
    await sandbox.must(0, 'sandbox', 'kill', 'm2');
    expect(await codes()).toContain('METASTORE_DEGRADED');
    await reconfigure(0);
    await sandbox.must(0, 'sandbox', 'start', 'm2');
    expect(await members()).toEqual(['running', 'running', 'running']);
  });

  test('a wiped member is taken in anew by the others', async () => {
    await sandbox.must(0, 'sandbox', 'wipe', 'm3');
    await sandbox.must(0, 'sandbox', 'start', 'm3');
    await sandbox.must(0, 'sandbox', 'kill', 'm1');
    await reconfigure(0);
    await sandbox.must(0, 'sandbox', 'start', 'm1');
  });

  test('lost whole, it is rebuilt from the loglets', async () => {
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    expect(await codes()).toContain('METASTORE_LOST');
    await sandbox.must(0, 'rebuild-metastore', '--from-loglets', '--apply', '--yes');
    await sandbox.must(0, 'verify', '--acked', sandbox.file('acked.jsonl'));
    await reconfigure(0);
  });

  test('the majority lost: one member stays, and the others cannot be started beside it', async () => {
    await sandbox.must(0, 'sandbox', 'lose-metastore', '--keep', '1');
    expect(await members()).toEqual(['running', 'stopped', 'stopped']);
    expect((await sandbox.must(5, 'sandbox', 'start', 'm2')).stderr).toContain('1 of 3 run');
    expect((await reconfigure(5)).stderr).toContain('E_METASTORE_UNAVAILABLE');
  });
});

test('without the program nothing is started, and it is said how to get it', async () => {
  const dir = '/tmp/vlog-dr-test-without-etcd';
  const env = { PATH: '/nowhere' };
  const { code, stderr } = await runCli(['sandbox', 'up', '--dir', dir, '--metastore', 'etcd'], { env });
  expect(code).toBe(2);
  expect(stderr).toContain('E_PROGRAM_MISSING');
  expect(stderr).toContain('apt-get install etcd-server');
});
