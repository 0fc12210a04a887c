import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DoctorResult } from '../../../src/codec/results/doctor.ts';
import { CliSandbox } from '../../support/cli.ts';
import { describeWith } from '../../support/programs.ts';
import { type S3, startS3 } from '../../support/s3/s3.ts';
import { wrongClock } from '../../support/wrongClock.ts';

describeWith(['faketime', 'etcd', 's3'], 'clocks that do not agree', () => {
  let sandbox: CliSandbox;
  let s3: S3;
  let config: string;
  let credentials: Record<string, string>;
  beforeAll(async () => {
    s3 = await startS3();
    credentials = { AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey };
    sandbox = await CliSandbox.up('--servers', '3', '--metastore', 'etcd');
    const url = `s3://${await s3.newBucket()}/backups`;
    const place = `{url: ${url}, endpoint: ${s3.endpoint}, region: ${s3.region}, pathStyle: true}`;
    config = sandbox.file('s3.yaml');
    await writeFile(config, `${await sandbox.text('vlog-dr.yaml')}\nrepository: ${place}\n`);
    await sandbox.must(0, 'sandbox', 'load', '--entries', '10', '--reconfigure-every', '5');
  }, 180_000);
  afterAll(async () => {
    await sandbox?.down();
    await s3?.stop();
  });

  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    sandbox.run([...args, '--json', '--config', config], { env: { ...credentials, ...env } });

  async function clocksSeen(env: Readonly<Record<string, string>> = {}) {
    const { stdout } = await run(['doctor'], env);
    const { checks } = JSON.parse(stdout) as DoctorResult;
    return checks
      .filter(({ check }) => check.startsWith('Clock'))
      .map(({ check, detail }) => `${check}: ${detail}`);
  }

  it('LogServers, etcd members and S3 are held against this machine', async () => {
    expect(await clocksSeen()).toEqual(["Clocks: 7 clocks agree with this machine's"]);
    const [ours, ...others] = await clocksSeen(wrongClock('+2h'));
    expect(ours).toMatch(/^Clock of this machine: it is (7199|7200|7201) s ahead of all 7 others: set it/);
    expect(others).toEqual([]);
  }, 120_000);

  it('backups and recoveries with a clock two days off are whole, or fail as a whole', async () => {
    for (const offset of ['+2d', '-2d']) {
      const backup = await run(['backup'], wrongClock(offset));
      expect([0, 2], backup.stdout + backup.stderr).toContain(backup.code);
      if (backup.code === 2) expect(backup.stdout).toMatch(/"E_DENIED"[\s\S]*clock/);
      const verified = await run(['backups', 'verify']);
      expect([0, 3], verified.stdout).toContain(verified.code);
      await sandbox.must(0, 'sandbox', 'lose-metastore');
      const rebuilt = await run(['rebuild-metastore', '--apply', '--yes'], wrongClock(offset));
      expect(rebuilt.code, rebuilt.stdout + rebuilt.stderr).toBe(0);
    }
    expect((await run(['backup'])).code).toBe(0);
    expect((await run(['backups', 'verify'])).code).toBe(0);
    await sandbox.must(0, 'verify', '--acked', sandbox.file('acked.jsonl'));
  }, 300_000);

  it('one server that is off is named', async () => {
    await sandbox.must(0, 'sandbox', 'kill', 's2');
    const started = await sandbox.run(['sandbox', 'start', 's2'], { env: wrongClock('-3h') });
    expect(started.code, started.stderr).toBe(0);
    const clocks = await clocksSeen();
    expect(clocks).toHaveLength(1);
    expect(clocks[0]).toMatch(/^Clock of LogServer s2: (10799|10800|10801) s behind this machine's$/);
  }, 120_000);
});
