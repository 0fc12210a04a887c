import { writeFile } from 'node:fs/promises';
import { afterEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CliSandbox } from '../../support/cli.ts';
import { base64 } from '../../support/etcd.ts';
import { FollowerProcess } from '../../support/follower.ts';
import { describeWith } from '../../support/programs.ts';

/** Alerts and dashboards rest on them: docs/operations/backup.md. */
const METRICS = [
  'backed_up 1',
  'versions_behind{log="1"} 0',
  'behind_seconds{log="1"} 0',
  'register_version{log="1"} 6',
  'snapshot_version{log="1"} 6',
  'snapshot_age_seconds{log="1"}',
  'snapshots_total{log="1"} 6',
  'bytes_total{log="1"}',
  'failures_total{log="1"} 0',
  'gaps_total{log="1"} 0',
  'reconstructed_total{log="1"} 5',
  'metastore_health 2',
  'losses_until_unsealable{log="1"}',
  'rebuild_proven{log="1"} 1',
];

describeWith('etcd', 'an etcd that was compacted while no follower ran', () => {
  let sandbox: CliSandbox;
  let follower: FollowerProcess | undefined;
  afterEach(async () => {
    await follower?.kill();
    await sandbox.down();
  });

  it('its forgotten versions are made again from the LogServers, and everything is measured', async () => {
    sandbox = await CliSandbox.up('--servers', '3', '--metastore', 'etcd');
    await sandbox.must(0, 'sandbox', 'load', '--entries', '50', '--reconfigure-every', '10');
    await sandbox.must(0, 'reconfigure', '1', '--apply', '--yes');
    const { metaStore } = parse(await sandbox.text('vlog-dr.yaml'));
    const call = async (path: string, body: object) => {
      const answer = await fetch(`${metaStore.endpoints[0]}/v3/${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      return (await answer.json()) as { header: { revision: string } };
    };
    const { header } = await call('kv/range', { key: base64('/') });
    await call('kv/compaction', { revision: header.revision });

    // A repository that nobody wrote to in the path of those reconfigurations.
    const config = sandbox.file('followed.yaml');
    const repository = `repository: {url: 'file://${sandbox.dir}.repo'}`;
    await writeFile(config, `${await sandbox.text('vlog-dr.yaml')}${repository}\n`);
    follower = new FollowerProcess(config, ['--metrics-port', '0', '--assess-every', '1']);
    const { metrics } = await follower.until('started');
    const { version, reconstructed, gaps } = await follower.until('snapshot', (one) => one.version === 6);
    expect({ version, reconstructed, gaps }).toEqual({
      version: 6,
      reconstructed: [1, 2, 3, 4, 5],
      gaps: [],
    });
    const page = async () => await (await fetch(metrics ?? '')).text();
    let text = await page();
    // The first assessment comes a moment later.
    while (!text.includes('rebuild_proven{')) text = await page();
    const missing = METRICS.filter((metric) => !text.includes(`vlog_dr_${metric}`));
    expect(missing, text).toEqual([]);
    expect(await follower.stop()).toBe(0);
    await sandbox.must(0, 'backups', 'verify', '--config', config);
  }, 180_000);
});
