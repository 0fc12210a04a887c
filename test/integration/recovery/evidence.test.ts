import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogPlan, RebuildPlan } from '../../../src/codec/plan.ts';
import { CliSandbox } from '../../support/cli.ts';
import { OldMetaStore } from '../../support/oldMetaStore.ts';

let sandbox: CliSandbox;
beforeEach(async () => {
  sandbox = await CliSandbox.up('--servers', '5', '--repo', 'file:///REPO');
  await sandbox.must(0, 'sandbox', 'load', '--log', '1', '--entries', '30', '--reconfigure-every', '10');
}, 120_000);
afterEach(() => sandbox.down());

const REBUILD = ['rebuild-metastore', '--from-loglets'];
const repository = () => `${sandbox.dir}.repo`;

async function plan(code: number, ...flags: string[]): Promise<RebuildPlan & { logs: [LogPlan] }> {
  return await sandbox.hereJson(code, ...REBUILD, ...flags);
}

async function reconfigured(): Promise<void> {
  await sandbox.here(0, ['reconfigure', '1', '--apply', '--yes']);
  await sandbox.here(0, ['log', 'append', '1'], 'one more\n');
}

/** Every snapshot of a chain in the repository, oldest first. */
async function snapshotFiles(): Promise<string[]> {
  const files = await readdir(repository(), { recursive: true });
  return files
    .filter((file) => /\d{16}\.json$/.test(file))
    .sort()
    .map((file) => join(repository(), file));
}

describe('a rebuild, beside the loglets', () => {
  it('takes nothing away from them for a stale backup, an old register or an old cache', async () => {
    await cp(repository(), sandbox.file('old-repo'), { recursive: true });
    const register = await OldMetaStore.copyOf(sandbox);
    const chain = join(sandbox.file('state'), 'chain-cache');
    await sandbox.here(0, ['log', 'tail', '1']);
    await cp(chain, sandbox.file('old-cache'), { recursive: true });
    await reconfigured();
    await reconfigured();
    await rm(repository(), { recursive: true });
    await cp(sandbox.file('old-repo'), repository(), { recursive: true });
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    const old = ['--from-metastore', register.address, '--from-caches', sandbox.file('old-cache')];
    const [before] = (await plan(0, '--no-backup')).logs;
    const [log] = (await plan(0, ...old)).logs;
    expect(log).toMatchObject({ verdict: 'proven', lastSegment: 'active' });
    expect(log.segments.map((one) => one.logletId)).toEqual(before.segments.map((one) => one.logletId));
    const file = sandbox.file('plan.json');
    await plan(0, ...old, '--plan-out', file);
    expect(await sandbox.hereJson(0, 'apply', file, '--yes')).toMatchObject({ applied: true });
    await sandbox.here(0, ['verify', '--acked', sandbox.file('acked.jsonl')]);
    expect(await sandbox.here(0, ['log', 'read', '1', '--from', '30'])).toBe('one more\none more\n');
    await register.stop();
  }, 120_000);

  it('uses no forged snapshot, says so, and does without', async () => {
    const files = await snapshotFiles();
    expect(files.length).toBeGreaterThan(1);
    const newest = files.at(-1) ?? '';
    await writeFile(newest, (await readFile(newest, 'utf8')).replace(/"start": ?"20"/, '"start":"19"'));
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    const forged = await plan(0);
    expect(forged.rejectedEvidence.join()).toMatch(/digest/);
    expect(forged.logs[0]).toMatchObject({ verdict: 'proven' });
    expect(forged.logs[0].segments.map((one) => String(one.start))).not.toContain('19');
  }, 120_000);

  it('reads a dead server’s directory: what was lost without it is proven', async () => {
    await sandbox.here(0, ['reconfigure', '1', '--servers', 's1,s2,s3', '--apply', '--yes']);
    await sandbox.must(0, 'sandbox', 'load', '--log', '1', '--entries', '10');
    await sandbox.here(0, ['reconfigure', '1', '--servers', 's3,s4,s5', '--apply', '--yes']);
    await sandbox.must(0, 'sandbox', 'kill', 's1', 's2', 's3');
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    const without = await plan(3, '--no-backup');
    expect(without.logs[0].segments.map((one) => one.state)).toContain('lost');
    const dir = ['--from-data-dir', sandbox.file('data', 's1')];
    // It can be read, neither fenced nor sealed: what the silent ones could host needs a word of its own.
    const withIt = await plan(3, '--no-backup', ...dir);
    expect(withIt.servers.find((server) => server.id === 's1')?.state).toBe('offline copy');
    expect(withIt.logs[0]).toMatchObject({ verdict: 'proven', needs: ['--old-metastore-destroyed'] });
    expect(withIt.logs[0].loss).toMatchObject({ lost: [], possiblyLost: [] });
  }, 120_000);
});

it('servers that are paused cost one time-out in all, and are fenced when they go on', async () => {
  await sandbox.here(0, ['reconfigure', '1', '--servers', 's1,s2,s3', '--apply', '--yes']);
  await sandbox.here(0, ['log', 'append', '1'], 'before\n');
  await sandbox.must(0, 'sandbox', 'pause', 's1', 's2');
  await sandbox.must(0, 'sandbox', 'lose-metastore');
  const { applied, logs } = await sandbox.hereJson<RebuildPlan & { applied: boolean }>(
    0,
    ...REBUILD,
    '--apply',
    '--yes',
  );
  expect([applied, logs[0]?.verdict]).toEqual([true, 'proven']);
  await sandbox.here(0, ['log', 'append', '1'], 'after\n');
  await sandbox.must(0, 'sandbox', 'resume', 's1', 's2');
  await sandbox.here(0, ['fence', '--apply', '--yes']);
  expect(await sandbox.here(0, ['log', 'read', '1', '--from', '30'])).toBe('before\nafter\n');
  await sandbox.here(0, ['verify', '--acked', sandbox.file('acked.jsonl')]);
}, 120_000);
