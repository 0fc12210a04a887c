import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { identifyProcess } from '../../../src/drivers/local/processes.ts';
import { CliSandbox, runCli } from '../../support/cli.ts';
import { validated } from '../../support/inProcess.ts';

interface Status {
  readonly logServers: readonly {
    readonly id: string;
    readonly url: string;
    readonly pid: number | null;
    readonly state: string;
  }[];
  readonly metaStore: { readonly pids: readonly number[]; readonly endpoints: readonly string[] };
}

let sandbox: CliSandbox;
beforeAll(async () => {
  sandbox = await CliSandbox.up('--servers', '4', '--logs', '2');
});
afterAll(() => sandbox?.down());

async function document<T>(schema: string, code: number, ...args: string[]): Promise<T> {
  return validated<T>(schema, (await sandbox.must(code, ...args, '--json')).stdout);
}

const status = () => document<Status>('sandbox-status', 0, 'sandbox', 'status');

/** A zombie has ended; who its parent is now, and whether that one asks, is not ours. */
async function isRunning(pid: number | null): Promise<boolean> {
  return pid !== null && (await identifyProcess(pid)) !== undefined;
}

test('it is made of processes that run, each on an address of its own', async () => {
  const { logServers, metaStore } = await status();
  expect(logServers.map(({ id }) => id)).toEqual(['s1', 's2', 's3', 's4']);
  expect(new Set([...logServers.map(({ url }) => url), ...metaStore.endpoints]).size).toBe(5);
  const pids = [...logServers.map(({ pid }) => pid), ...metaStore.pids];
  expect(await Promise.all(pids.map(isRunning))).toEqual(pids.map(() => true));
});

test('what is appended is read back, with its positions', async () => {
  const lines = 'one\ntwo\n\nföur\n';
  const appended = validated<{ ranges: object[] }>(
    'log-append',
    (await sandbox.run(['log', 'append', '2', '--json'], { stdin: lines })).stdout,
  );
  expect(appended.ranges).toEqual([{ from: '0', to: '4' }]);
  expect((await sandbox.must(0, 'log', 'read', '2')).stdout).toBe(lines);
  const read = await document<{ entries: { text: string }[] }>(
    'log-read',
    0,
    'log',
    'read',
    '2',
    '--from',
    '1',
    '--to',
    '3',
  );
  expect(read.entries.map(({ text }) => text)).toEqual(['two', '']);
  expect(await document('log-tail', 0, 'log', 'tail', '2')).toMatchObject({
    tail: '4',
    kind: 'acknowledged',
  });
});

test('a load is acknowledged, recorded, and verified against its record', async () => {
  const flags = ['--entries', '120', '--reconfigure-every', '50', '--size', '64'];
  const load = await document('sandbox-load', 0, 'sandbox', 'load', ...flags);
  expect(load).toMatchObject({ acknowledged: 120, failed: 0, unknown: 0, reconfigurations: 2 });
  const lines = (await sandbox.text('acked.jsonl'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { position: string; sha256: string });
  const read = await document<{ entries: { base64: string; position: string }[] }>(
    'log-read',
    0,
    'log',
    'read',
    '1',
  );
  const digests = read.entries.map(({ base64, position }) => {
    const sha256 = createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex');
    return { position, sha256 };
  });
  expect(lines.map(({ position, sha256 }) => ({ position, sha256 }))).toEqual(digests);
  expect(await document('verify', 0, 'verify', '--acked', sandbox.file('acked.jsonl'))).toMatchObject({
    checked: 120,
  });
});

test('an entry that does not read back as it was acknowledged is told, with exit 4', async () => {
  const [first = '', ...rest] = (await sandbox.text('acked.jsonl')).split('\n');
  const changed = first
    .replace(/"sha256":"../, '"sha256":"zz')
    .replace('zz', first.includes('"00') ? '11' : '00');
  const beyond = JSON.stringify({ position: '99999', sha256: '0'.repeat(64) });
  const file = sandbox.file('forged.jsonl');
  await writeFile(file, [changed, beyond, ...rest].join('\n'));
  const verdict = await document<{ lost: object[] }>('verify', 4, 'verify', '--acked', file);
  expect(verdict.lost).toMatchObject([
    { position: '0', problem: 'different' },
    { position: '99999', problem: 'missing' },
  ]);
});

test('a log is trimmed only with --apply, and only after the question was answered', async () => {
  expect(await document('log-trim', 0, 'log', 'trim', '2', '--to', '2')).toMatchObject({
    applied: false,
    before: '0',
  });
  const refused = await sandbox.must(2, 'log', 'trim', '2', '--to', '2', '--apply');
  expect(refused.stderr).toContain('E_NO_INPUT');
  expect(refused.stderr).toContain('--yes');
  await document('log-trim', 0, 'log', 'trim', '2', '--to', '2', '--apply', '--yes');
  expect((await sandbox.must(0, 'log', 'read', '2')).stdout).toBe('\nföur\n');
  expect((await sandbox.must(4, 'log', 'read', '2', '--from', '0')).stderr).toContain('E_TRIMMED');
});

test('there is no such log, no such server: exit 2', async () => {
  expect((await sandbox.must(2, 'log', 'tail', 'nine')).stderr).toContain('E_UNKNOWN_LOG');
  expect((await sandbox.must(2, 'sandbox', 'kill', 's1', 's9')).stderr).toContain('E_UNKNOWN_SERVER');
  expect((await status()).logServers.every(({ state }) => state === 'running')).toBe(true);
  await sandbox.must(4, 'log', 'create', '1');
});

test('a killed server is started again on its address, with its data', async () => {
  const before = await status();
  await document('sandbox-kill', 0, 'sandbox', 'kill', 's1');
  const killed = await status();
  expect(killed.logServers[0]).toMatchObject({ state: 'stopped', pid: null });
  expect(await isRunning(before.logServers[0]?.pid ?? null)).toBe(false);
  await document('sandbox-start', 0, 'sandbox', 'start', 's1');
  const after = await status();
  expect(after.logServers[0]).toMatchObject({ state: 'running', url: before.logServers[0]?.url });
  await document('verify', 0, 'verify', '--acked', sandbox.file('acked.jsonl'));
});

test('a paused server goes on when it is resumed', async () => {
  await document('sandbox-pause', 0, 'sandbox', 'pause', 's2');
  expect((await status()).logServers[1]?.state).toBe('paused');
  await document('sandbox-resume', 0, 'sandbox', 'resume', 's2');
  expect((await status()).logServers[1]?.state).toBe('running');
});

test('a load without an end stops in order when it is interrupted', async () => {
  const load = sandbox.startLoad('2');
  const before = (await sandbox.text('acked.jsonl')).trim().split('\n').length;
  await load.acknowledged(before + 20);
  const summary = await load.stop();
  validated('sandbox-load', JSON.stringify(summary));
  const recorded = (await sandbox.text('acked.jsonl')).trim().split('\n').length - before;
  expect(summary.acknowledged).toBe(recorded);
  await document('verify', 0, 'verify', '--acked', sandbox.file('acked.jsonl'));
});

test('with the MetaStore lost, appends go on and the log is not made again', async () => {
  // The sequencer was killed above: this load moves the log to another one while that is still possible.
  await document('sandbox-load', 0, 'sandbox', 'load', '--entries', '20');
  expect(await document('sandbox-lose-metastore', 0, 'sandbox', 'lose-metastore')).toMatchObject({
    lost: ['m1'],
    startedEmpty: ['m1'],
  });
  const load = await document('sandbox-load', 0, 'sandbox', 'load', '--entries', '20');
  expect(load).toMatchObject({ acknowledged: 20 });
  expect((await sandbox.must(4, 'log', 'create', '1')).stderr).toContain('E_METASTORE_LOST');
});

test('a wiped server comes back as another store, which is not admitted', async () => {
  const { url } = (await status()).logServers[3] ?? { url: '' };
  const storeOf = async () =>
    (await (await fetch(`${url}/v1/status`)).json()) as { storeId: string; generation?: object };
  const before = await storeOf();
  await document('sandbox-wipe', 0, 'sandbox', 'wipe', 's4');
  await document('sandbox-start', 0, 'sandbox', 'start', 's4');
  const after = await storeOf();
  expect(after.storeId).not.toBe(before.storeId);
  expect([before.generation === undefined, after.generation === undefined]).toEqual([false, true]);
});

test('down stops everything, up brings it back where it was', async () => {
  const before = await status();
  await document('sandbox-down', 0, 'sandbox', 'down');
  const left = await Promise.all(before.logServers.map(({ pid }) => isRunning(pid)));
  expect(left).toEqual([false, false, false, false]);
  const after = await document<Status>('sandbox-up', 0, 'sandbox', 'up');
  expect(after.logServers.map(({ url }) => url)).toEqual(before.logServers.map(({ url }) => url));
  // Sequencers do not survive their process, so nobody can say more than a lower bound.
  expect((await sandbox.must(3, 'log', 'tail', '1')).stdout).toMatch(/^\d+\n$/);
});

test('the configuration of another cluster is refused', async () => {
  await sandbox.must(0, 'log', 'create', '3');
  const text = await readFile(sandbox.file('vlog-dr.yaml'), 'utf8');
  const other = sandbox.file('other.yaml');
  await writeFile(other, text.replace(/id: [0-9a-f-]{36}/, 'id: 0b5f3e0e-6d3e-4a8e-9f5c-2d3f0a1b2c3d'));
  const flags = ['--config', other, '--state-dir', sandbox.file('other-state')];
  for (const command of [
    ['log', 'read', '3'],
    ['log', 'create', '3'],
  ]) {
    const ran = await runCli([...command, ...flags]);
    expect({ code: ran.code, said: ran.stderr }).toEqual({
      code: 4,
      said: expect.stringContaining('E_WRONG_CLUSTER'),
    });
  }
});

test('doctor finds what is wrong, and init writes a configuration that it accepts', async () => {
  await sandbox.must(0, 'log', 'create', '4');
  const checked = await document<{ checks: { check: string; state: string }[] }>('doctor', 3, 'doctor');
  const states = Object.fromEntries(checked.checks.map(({ check, state }) => [check, state]));
  expect(states).toMatchObject({ 'LogServer s1': 'ok', 'LogServer s4': 'warning', Repository: 'warning' });
  const { logServers, metaStore } = await status();
  const [first, ...others] = logServers;
  const out = sandbox.file('made.yaml');
  const args = [
    'init',
    '--address',
    first?.url ?? '',
    '--metastore',
    metaStore.endpoints[0] ?? '',
    '--out',
    out,
  ];
  const asked = await runCli([...args, '--name', 'made']);
  expect({ code: asked.code, said: asked.stderr }).toEqual({
    code: 2,
    said: expect.stringContaining('--server s2=URL'),
  });
  const named = others.flatMap(({ id, url }) => ['--server', `${id}=${url}`]);
  const made = await runCli([...args, '--name', 'made', ...named, '--json']);
  expect(validated('init', made.stdout)).toMatchObject({ file: out });
  expect(
    (await runCli(['log', 'tail', '4', '--config', out, '--state-dir', sandbox.file('made')])).code,
  ).toBe(0);
  expect((await runCli([...args, '--name', 'made', ...named])).code).toBe(4);
});
