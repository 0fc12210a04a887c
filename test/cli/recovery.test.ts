import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliSandbox } from '../support/cli.ts';
import { runMain, validated } from '../support/inProcess.ts';

let sandbox: CliSandbox;
beforeAll(async () => {
  sandbox = await CliSandbox.up('--servers', '5', '--durability', 'majority');
  await sandbox.must(0, 'sandbox', 'load', '--log', '1', '--entries', '30', '--reconfigure-every', '10');
}, 120_000);
afterAll(() => sandbox.down());

function run(...args: string[]) {
  return runMain(['--config', sandbox.file('vlog-dr.yaml'), ...args]);
}

/** The document of a command that ends with this exit code, held against its published schema. */
async function json<T = Record<string, unknown>>(code: number, ...args: string[]): Promise<T> {
  const result = await run(...args, '--json');
  expect([result.code, result.stderr], result.stdout).toEqual([code, expect.anything()]);
  return validated<T>(code === 0 || code === 3 ? (args[0] ?? '') : 'error', result.stdout);
}

async function refused(code: number, ...args: string[]): Promise<string> {
  const { error } = await json<{ error: { code: string } }>(code, ...args);
  return error.code;
}

async function lastNodeset(): Promise<string[]> {
  const plan = await json<{ last: { nodeset: { serverId: string }[] } }>(0, 'reconfigure', '1');
  return plan.last.nodeset.map((member) => member.serverId);
}

describe('rebuild-metastore and apply', () => {
  it('say that nothing is to be done while every register is right', async () => {
    const { code, stdout } = await run('rebuild-metastore', '--from-loglets');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Log 1: PROVEN, its register is right$/m);
    expect(stdout).toMatch(/^Every register is right: no action is needed\.$/m);
    expect(await json(0, 'rebuild-metastore', '--apply', '--yes')).toMatchObject({ applied: false });
  });

  it('show what will be done before anything is asked, and never ask where nobody is', async () => {
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    const file = sandbox.file('plan.json');
    const { code, stdout } = await run('rebuild-metastore', '--from-loglets', '--plan-out', file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Log 1: PROVEN, 3 segments become version 1003, over an empty register$/m);
    expect(stdout).toMatch(/^ {2}Safe: from 0 on$/m);
    expect(stdout).toMatch(/^ {2}4\. Write the chain of 3 segments as version 1003\.$/m);
    expect(stdout).toMatch(/^This rests on:$/m);
    const asked = await run('apply', file);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toMatch(/Write the chain of 3 segments[\s\S]*E_NO_INPUT[\s\S]*Give --yes\./);
    expect(await refused(4, 'rebuild-metastore', '--plan-out', file)).toBe('E_EXISTS');
  });

  it('refuse a plan that was changed, cut, or made for another cluster', async () => {
    const text = await readFile(sandbox.file('plan.json'), 'utf8');
    const changed = [
      text.slice(0, 500),
      text.replace(/"version": 1003/, '"version": 1004'),
      text.replace(/"useRepository": true/, '"useRepository": false'),
      text.replace('"kind": "rebuild-metastore"', '"kind": "seal"'),
      '[]',
    ];
    for (const [place, one] of changed.entries()) {
      await writeFile(sandbox.file(`changed-${place}.json`), one);
      expect(await refused(2, 'apply', sandbox.file(`changed-${place}.json`), '--yes')).toBe('E_BAD_PLAN');
    }
    const config = (await sandbox.text('vlog-dr.yaml')).replace(
      /id: [0-9a-f-]{36}/,
      'id: 0b5f3e0e-6d3e-4a8e-9f5c-2d3f0a1b2c3d',
    );
    await writeFile(sandbox.file('other.yaml'), config);
    const other = await runMain([
      '--config',
      sandbox.file('other.yaml'),
      'apply',
      sandbox.file('plan.json'),
      '--yes',
      '--json',
    ]);
    expect(other.code).toBe(4);
    expect(other.stdout).toContain('E_WRONG_CLUSTER');
  });

  it('apply a kept plan once, journal it, and find it out of date afterwards', async () => {
    const first = await run('apply', sandbox.file('plan.json'), '--yes', '--json');
    expect(first.code).toBe(0);
    const done = validated<{ runId: string; steps: { step: string }[] }>('rebuild-metastore', first.stdout);
    expect(done).toMatchObject({ applied: true, results: [{ logId: '1', version: 1004, writable: true }] });
    const shown = await run('runs', 'show', done.runId, '--json');
    expect(
      validated<{ steps: { step: string }[] }>('runs-show', shown.stdout).steps.map((one) => one.step),
    ).toEqual(done.steps.map((one) => one.step));
    expect((await run('apply', sandbox.file('plan.json'), '--yes')).code).toBe(4);
    expect((await run('verify', '--acked', sandbox.file('acked.jsonl'))).code).toBe(0);
    // A run that was done is resumed to the same end, doing nothing again.
    const again = await run('runs', 'resume', done.runId, '--json');
    expect(again.code).toBe(0);
    expect(validated<{ steps: { skipped?: boolean }[] }>('rebuild-metastore', again.stdout).steps).toSatisfy(
      (steps: { skipped?: boolean }[]) => steps.every((one) => one.skipped === true),
    );
  });

  it('end with 5 when no server answers, and say so of the data', async () => {
    const all = ['s1', 's2', 's3', 's4', 's5'];
    await sandbox.must(0, 'sandbox', 'kill', ...all);
    expect(await refused(5, 'rebuild-metastore', '--from-loglets')).toBe('E_UNREACHABLE');
    // A data directory is evidence, and can neither be fenced nor sealed: nothing is proven of the end.
    const dirs = all.map((id) => sandbox.file('data', id));
    const plan = await json<{ servers: { state: string }[] }>(
      3,
      'rebuild-metastore',
      '--from-data-dir',
      ...dirs,
    );
    expect(plan.servers.map((server) => server.state)).toEqual(all.map(() => 'offline copy'));
    await sandbox.must(0, 'sandbox', 'start', ...all);
  });
});

describe('seal and reconfigure', () => {
  it('refuse beyond quorum until loss is accepted, log by log', async () => {
    const victims = (await lastNodeset()).slice(0, 2);
    await sandbox.must(0, 'sandbox', 'kill', ...victims);
    expect(await json(3, 'seal', '1')).toMatchObject({ sealable: false, needs: ['--accept-loss 1'] });
    expect(await refused(4, 'seal', '1', '--apply', '--yes')).toBe('E_UNSEALABLE');
    expect(await refused(4, 'reconfigure', '1', '--apply', '--yes')).toBe('E_UNSEALABLE');
    expect(await refused(4, 'seal', '1', '--apply', '--yes', '--accept-loss', '2')).toBe('E_UNSEALABLE');
    const sealed = await json(3, 'seal', '1', '--apply', '--yes', '--accept-loss', '1');
    expect(sealed).toMatchObject({ applied: true, result: { lossFrom: '30', tail: '30' } });
    const { code, stdout } = await run('reconfigure', '1', '--apply', '--yes');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Log 1: version \d+, 4 segments\. Appends go on from 30 in loglet /);
    await sandbox.must(0, 'sandbox', 'start', ...victims);
  });

  it('tell an unknown log and an unknown server from everything else', async () => {
    expect(await refused(2, 'seal', 'nope')).toBe('E_UNKNOWN_LOG');
    expect(await refused(2, 'reconfigure', '1', '--servers', 's1,s9')).toBe('E_UNKNOWN_SERVER');
    expect(await refused(2, 'reconfigure', '1', '--durability', 'some')).toBe('E_USAGE');
    expect(await refused(2, 'admit', 's9')).toBe('E_UNKNOWN_SERVER');
  });
});

describe('fence, admit and retire', () => {
  it('take a server out, and never back in under its name', async () => {
    expect(await json(0, 'reconfigure', '1', '--exclude', 's5', '--apply', '--yes')).toMatchObject({
      result: { asWished: true },
    });
    expect(await json(0, 'retire', 's5', '--apply', '--yes')).toMatchObject({
      result: { recordedIn: ['1'] },
    });
    await sandbox.must(0, 'sandbox', 'wipe', 's5');
    await sandbox.must(0, 'sandbox', 'start', 's5');
    expect(await refused(4, 'admit', 's5', '--apply', '--yes')).toBe('E_NOT_ADMISSIBLE');
  });

  it('let a new disk join, and report it until then', async () => {
    await sandbox.must(0, 'sandbox', 'wipe', 's4');
    expect(await json(3, 'fence')).toMatchObject({ decision: 'nothing to do' });
    await sandbox.must(0, 'sandbox', 'start', 's4');
    const { code, stdout } = await run('fence');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}s4 {2}NOT ADMITTED$/m);
    expect(stdout).toMatch(/^A new store waits on s4: `vlog-dr admit s4 --apply` lets it join\.$/m);
    expect(await json(0, 'admit', 's4', '--apply', '--yes')).toMatchObject({ result: { server: 's4' } });
    expect((await run('fence')).stdout).toMatch(/^ {2}s4 {2}CURRENT/m);
  });
});
