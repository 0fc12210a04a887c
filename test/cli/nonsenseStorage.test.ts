import { spawnSync } from 'node:child_process';
import { cp, mkdir, rename, writeFile } from 'node:fs/promises';
import { afterEach, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/core/errorCatalogue.ts';
import { CliSandbox, runCli } from '../support/cli.ts';
import { runMain, validated } from '../support/inProcess.ts';
import { describeWith } from '../support/programs.ts';
import { startS3 } from '../support/s3/s3.ts';

interface Failure {
  readonly error: { readonly code: ErrorCode; readonly message: string };
}

let sandbox: CliSandbox;
let disk: string | undefined;
afterEach(async () => {
  await sandbox.must(0, 'sandbox', 'down');
  if (disk !== undefined) spawnSync('umount', [disk], { stdio: 'ignore' });
  disk = undefined;
  await sandbox.down();
});

describeWith('s3', 'an S3 server that refuses the credentials', () => {
  it('fails a backup with exit 2, and stops no recovery', async () => {
    const s3 = await startS3();
    sandbox = await CliSandbox.up('--servers', '3');
    await sandbox.must(0, 'sandbox', 'load', '--entries', '5');
    const url = `s3://${await s3.newBucket()}/backups`;
    const place = `{url: ${url}, endpoint: ${s3.endpoint}, region: ${s3.region}, pathStyle: true}`;
    const config = sandbox.file('s3.yaml');
    await writeFile(config, `${await sandbox.text('vlog-dr.yaml')}\nrepository: ${place}\n`);
    const run = (args: string[], secret: string) =>
      runCli([...args, '--json', '--config', config], {
        env: { AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: secret },
      });
    const refused = await run(['backup'], 'wrong');
    expect(refused.code, refused.stdout).toBe(2);
    expect(validated<Failure>('error', refused.stdout).error).toMatchObject({
      code: 'E_DENIED',
      message: expect.stringMatching(/nothing/i),
    });
    expect(refused.stdout + refused.stderr).not.toContain(s3.secretAccessKey);
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    const rebuilt = await run(['rebuild-metastore', '--from-loglets', '--apply', '--yes'], 'wrong');
    expect(rebuilt.code, rebuilt.stdout + rebuilt.stderr).toBe(0);
    expect((await run(['backup'], s3.secretAccessKey)).code).toBe(0);
    await s3.stop();
  }, 180_000);
});

it('a full disk of a LogServer: what was acknowledged stays, and the rest is never called stored', async ({
  skip,
}) => {
  sandbox = await CliSandbox.up('--servers', '3');
  await sandbox.must(0, 'sandbox', 'kill', 's1');
  const data = sandbox.file('data', 's1');
  await rename(data, `${data}.large`);
  await mkdir(data);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', data]).status !== 0) {
    process.stderr.write('SKIPPED: a full disk needs the right to mount one\n');
    skip();
  }
  disk = data;
  await cp(`${data}.large`, data, { recursive: true });
  await sandbox.must(0, 'sandbox', 'start', 's1');
  await sandbox.here(0, ['reconfigure', '1', '--apply', '--yes']);
  const line = `${'x'.repeat(512 * 1024)}\n`;
  let acknowledged = 0;
  for (; acknowledged < 100; acknowledged += 1) {
    const { code, stdout } = await runMain(
      ['log', 'append', '1', '--json', '--config', sandbox.file('vlog-dr.yaml')],
      { stdin: line },
    );
    if (code === 0) continue;
    expect([3, 5], stdout).toContain(code);
    expect(stdout).toMatch(/E_APPEND_FAILED|E_OUTCOME_UNKNOWN|unknown/);
    break;
  }
  expect(acknowledged).toBeGreaterThan(2);
  expect(acknowledged).toBeLessThan(100);
  const read = await sandbox.here(0, ['log', 'read', '1', '--to', String(acknowledged)]);
  expect(read).toBe(line.repeat(acknowledged));
}, 180_000);
