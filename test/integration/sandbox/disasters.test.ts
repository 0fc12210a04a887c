import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliSandbox } from '../../support/cli.ts';
import { validated } from '../../support/inProcess.ts';

interface Assessed {
  readonly findings: readonly { readonly code: string; readonly servers?: readonly string[] }[];
}

describe('disasters of a sandbox', () => {
  let sandbox: CliSandbox;
  const findings = async (...flags: string[]) =>
    (JSON.parse((await sandbox.run(['assess', '--json', ...flags])).stdout) as Assessed).findings;

  beforeAll(async () => {
    sandbox = await CliSandbox.up('--servers', '6', '--zones', '3');
    await sandbox.must(0, 'sandbox', 'load', '--entries', '200', '--reconfigure-every', '100');
  });
  afterAll(() => sandbox.down());

  it('a zone: all its servers and no other', async () => {
    const { stdout } = await sandbox.must(0, 'sandbox', 'kill', '--zone', 'z2', '--json');
    const killed = validated<{ members: readonly { id: string }[] }>('sandbox-kill', stdout);
    expect(killed.members.map((member) => member.id)).toEqual(['s2', 's5']);
    await sandbox.must(0, 'sandbox', 'start', '--zone', 'local/z2');
    expect((await sandbox.must(2, 'sandbox', 'kill', '--zone', 'z9')).stderr).toContain(
      'local/z1, local/z2, local/z3',
    );
    expect((await sandbox.must(2, 'sandbox', 'kill')).stderr).toContain('--zone');
  });

  it('a bad disk: unnoticed until everything is read, then repaired, and nothing is lost', async () => {
    const { stdout } = await sandbox.must(0, 'sandbox', 'corrupt', 's1', '--entries', '3', '--json');
    const { positions } = validated<{ positions: readonly string[] }>('sandbox-corrupt', stdout);
    expect(positions).toEqual(['0', '1', '2']);
    const { problems } = await sandbox.json<{
      problems: readonly { kind: string; weighs: string; servers: readonly string[] }[];
    }>(3, 'verify');
    expect(problems[0]).toMatchObject({ kind: 'damaged', weighs: 'risk', servers: ['s1'] });
    await sandbox.must(0, 'repair', '--apply', '--yes');
    await sandbox.must(0, 'verify');
    await sandbox.must(0, 'verify', '--acked', sandbox.file('acked.jsonl'));
  });

  it('a reconfiguration that died half-way: sealed, no successor; the next one completes it', async () => {
    const { stdout } = await sandbox.must(0, 'sandbox', 'strand', '--json');
    const { sealed, orphan } = validated<{ sealed: string; orphan: string }>('sandbox-strand', stdout);
    expect(orphan).not.toBe(sealed);
    expect((await findings()).map((one) => one.code)).toContain('LOG_STUCK_SEALED');
    await sandbox.must(0, 'reconfigure', '1', '--apply', '--yes');
    expect((await findings()).map((one) => one.code)).not.toContain('LOG_STUCK_SEALED');
  });

  it('an old copy of the MetaStore, restored: found to be older than the log', async () => {
    await sandbox.must(0, 'sandbox', 'copy-metastore', '--json');
    await sandbox.must(0, 'sandbox', 'load', '--entries', '200', '--reconfigure-every', '100');
    await sandbox.must(0, 'sandbox', 'lose-metastore', '--restore-copy');
    expect((await findings()).map((one) => one.code)).toContain('METASTORE_STALE');
    await sandbox.must(0, 'rebuild-metastore', '--old-metastore-destroyed', '--apply', '--yes');
    await sandbox.must(0, 'verify', '--acked', sandbox.file('acked.jsonl'));
  });

  it('a second control plane: after a recovery it can change nothing; `down` ends it, too', async () => {
    const { stdout } = await sandbox.must(0, 'sandbox', 'copy-metastore', '--serve', '--json');
    const { config = '' } = validated<{ config?: string }>('sandbox-copy-metastore', stdout);
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    await sandbox.must(0, 'rebuild-metastore', '--old-metastore-destroyed', '--apply', '--yes');
    const refused = await sandbox.run(['reconfigure', '1', '--apply', '--yes', '--config', config]);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatch(/generation/);
    await sandbox.must(0, 'sandbox', 'down');
    expect((await sandbox.run(['log', 'tail', '1', '--config', config])).code).toBe(5);
  });
});
