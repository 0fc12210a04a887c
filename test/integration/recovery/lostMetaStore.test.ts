import { afterEach, describe, expect, it } from 'vitest';
import type { LogPlan } from '../../../src/codec/plan.ts';
import { CliSandbox } from '../../support/cli.ts';

interface Plan {
  readonly logs: readonly LogPlan[];
  readonly applied?: boolean;
}

let sandbox: CliSandbox;
afterEach(() => sandbox.down());

const REBUILD = ['rebuild-metastore', '--from-loglets'];

async function everythingAcknowledgedIsThere(): Promise<void> {
  await sandbox.must(0, 'verify', '--acked', sandbox.file('acked.jsonl'));
}

describe('the MetaStore and all backups are gone', () => {
  it('20,000 entries over 21 segments survive two dead servers, with nothing but loglets', async () => {
    sandbox = await CliSandbox.up('--servers', '5', '--durability', 'all');
    await sandbox.must(
      0,
      'sandbox',
      'load',
      '--log',
      '1',
      '--entries',
      '20000',
      '--reconfigure-every',
      '960',
    );
    await sandbox.must(0, 'sandbox', 'kill', 's1', 's2');
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    const plan = await sandbox.json<Plan>(0, ...REBUILD);
    expect(plan.logs[0]).toMatchObject({ verdict: 'proven', loss: { lost: [], possiblyLost: [] } });
    expect(plan.logs[0]?.segments.length).toBeGreaterThanOrEqual(20);
    expect((await sandbox.json<Plan>(0, ...REBUILD, '--apply', '--yes')).applied).toBe(true);
    await sandbox.run(['log', 'append', '1'], { stdin: 'after\n' });
    expect((await sandbox.json<{ tail: string }>(0, 'log', 'tail', '1')).tail).toBe('20001');
    await everythingAcknowledgedIsThere();
  });

  it.each([
    { durability: 'majority', zones: '1' },
    { durability: 'spread:zone=2,copies=2', zones: '3' },
  ])(
    '$durability: a log that cannot be sealed names who would settle it, and loss needs its own consent',
    async ({ durability, zones }) => {
      sandbox = await CliSandbox.up('--servers', '5', '--zones', zones, '--durability', durability);
      await sandbox.must(
        0,
        'sandbox',
        'load',
        '--log',
        '1',
        '--entries',
        '400',
        '--reconfigure-every',
        '100',
      );
      const before = await sandbox.json<Plan>(0, ...REBUILD, '--into', sandbox.file('elsewhere'));
      const dead = (before.logs[0]?.segments.at(-1)?.nodeset ?? [])
        .slice(1)
        .map((member) => member.serverId as string);
      await sandbox.must(0, 'sandbox', 'kill', ...dead);
      await sandbox.must(0, 'sandbox', 'lose-metastore');

      const refused = await sandbox.json<{ error: { code: string; context: { wouldSettle: string[][] } } }>(
        4,
        ...REBUILD,
        '--apply',
        '--yes',
      );
      expect(refused.error.code).toBe('E_UNSEALABLE');
      expect(refused.error.context.wouldSettle.length).toBeGreaterThan(0);
      expect(refused.error.context.wouldSettle.flat().every((id) => dead.includes(id))).toBe(true);

      const accepted = ['--accept-loss', '1', '--accept-unproven', '1', '--old-metastore-destroyed'];
      const plan = await sandbox.json<Plan>(3, ...REBUILD, ...accepted);
      const [from] = plan.logs[0]?.loss.possiblyLost ?? [];
      expect(from).toBeDefined();
      const applied = await sandbox.json<{ runId: string }>(3, ...REBUILD, ...accepted, '--apply', '--yes');
      expect(await sandbox.text('state', 'runs', applied.runId, 'journal.jsonl')).toContain('fencedOutside');
      await sandbox.run(['log', 'append', '1'], { stdin: 'after\n' });
      expect(BigInt((await sandbox.json<{ tail: string }>(0, 'log', 'tail', '1')).tail)).toBeGreaterThan(0n);
    },
  );

  it('appends never stop while all servers live: none fails, and the last segment stays active', async () => {
    sandbox = await CliSandbox.up();
    const load = sandbox.startLoad('1');
    await load.acknowledged(50);
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    const plan = await sandbox.json<Plan>(0, ...REBUILD, '--apply', '--yes');
    expect(plan.logs[0]).toMatchObject({ verdict: 'proven', lastSegment: 'active' });
    const during = load.count;
    await load.acknowledged(during + 50);
    const summary = await load.stop();
    expect(summary).toMatchObject({ failed: 0, unknown: 0 });
    await everythingAcknowledgedIsThere();
  });

  it('a middle segment without survivors is walked over by lineage and reported with its exact bounds', async () => {
    sandbox = await CliSandbox.up('--servers', '7');
    const place = (servers: string) => ['reconfigure', '1', '--servers', servers, '--apply', '--yes'];
    await sandbox.must(0, ...place('s1,s2,s3'));
    await sandbox.must(0, 'sandbox', 'load', '--log', '1', '--entries', '100');
    await sandbox.must(0, ...place('s4,s5,s6'));
    await sandbox.must(0, 'sandbox', 'load', '--log', '1', '--entries', '100');
    await sandbox.must(0, ...place('s1,s2,s7'));
    await sandbox.must(0, 'sandbox', 'load', '--log', '1', '--entries', '100');
    await sandbox.must(0, 'sandbox', 'wipe', 's4', 's5', 's6');
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    const plan = await sandbox.json<Plan>(3, ...REBUILD, '--apply', '--yes');
    const log = plan.logs[0];
    expect(log?.verdict).toBe('proven');
    expect(log?.loss.lost).toEqual([{ from: '100', to: '200' }]);
    expect(
      log?.segments.find((segment) => String(segment.start) === '100' && String(segment.end) === '200')
        ?.state,
    ).toBe('lost');
    const read = async (from: string, to: string) =>
      (await sandbox.run(['log', 'read', '1', '--from', from, '--to', to])).code;
    expect(await read('0', '100')).toBe(0);
    expect(await read('200', '300')).toBe(0);
    // Servers that are silent may come back with it; new disks in their place will not.
    expect(await read('100', '200')).toBe(5);
    await sandbox.must(0, 'sandbox', 'start', 's4', 's5', 's6');
    expect(await read('100', '200')).toBe(4);
  });
});

describe('snapshots are required and the repository is alive', () => {
  it('is proven by the repository fence whoever is silent; without the repository the host test decides', async () => {
    sandbox = await CliSandbox.up('--repo', 'file:///REPO', '--repo-mode', 'required');
    await sandbox.must(0, 'sandbox', 'load', '--log', '1', '--entries', '300', '--reconfigure-every', '100');
    const { logs } = await sandbox.json<Plan>(0, ...REBUILD, '--into', sandbox.file('elsewhere'));
    const members = (logs[0]?.segments.at(-1)?.nodeset ?? []).map((member) => member.serverId as string);
    const [survivor] = members;
    const others = ['s1', 's2', 's3', 's4', 's5'].filter((id) => id !== survivor);
    await sandbox.must(0, 'sandbox', 'kill', ...others);
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    const fenced = await sandbox.json<Plan>(0, ...REBUILD);
    expect(fenced.logs[0]).toMatchObject({ verdict: 'proven', endProof: 'repository fence' });
    const without = await sandbox.json<Plan>(3, ...REBUILD, '--no-backup');
    expect(without.logs[0]).toMatchObject({ verdict: 'unproven', endProof: 'none' });
    await sandbox.must(0, 'sandbox', 'start', ...others);
    await sandbox.json(0, ...REBUILD, '--apply', '--yes');
    await everythingAcknowledgedIsThere();
  });
});
