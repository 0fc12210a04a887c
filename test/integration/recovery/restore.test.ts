import { afterEach, describe, expect, it } from 'vitest';
import { CliSandbox } from '../../support/cli.ts';

let sandbox: CliSandbox;
afterEach(() => sandbox.down());

interface Assessed {
  readonly logs: readonly {
    readonly segments: readonly { index: number; state: string; nodeset: string[]; missing: unknown[] }[];
  }[];
}

interface Planned {
  readonly decision: string;
  readonly verdict: string;
  readonly needs: string[];
  readonly problems: string[];
  readonly segments: readonly { index: number; left: unknown[]; held: unknown[]; damaged: string[] }[];
}

/** Three segments on s1,s2,s3 · s2,s3,s4 · s3,s4,s5, of so many entries each. */
async function threeSegments(entries = 60): Promise<void> {
  sandbox = await CliSandbox.up('--servers', '6', '--repo', 'file:///REPO');
  const load = ['--entries', String(3 * entries), '--size', '400', '--reconfigure-every', String(entries)];
  await sandbox.must(0, 'sandbox', 'load', '--log', '1', ...load);
}

async function membersOf(index: number): Promise<string[]> {
  const { logs } = await sandbox.hereJson<Assessed>(0, 'assess');
  return logs[0]?.segments[index]?.nodeset ?? [];
}

const acked = () => ['verify', '--acked', sandbox.file('acked.jsonl')];

describe('a segment with no server left', () => {
  it('is read from the repository, with every acknowledged entry, and the log goes on', async () => {
    await threeSegments();
    await sandbox.here(0, ['backup', '--data']);
    const members = await membersOf(0);
    await sandbox.must(0, 'sandbox', 'wipe', ...members);
    await sandbox.here(4, acked());
    const plan = await sandbox.hereJson<Planned>(0, 'restore', '1');
    expect(plan).toMatchObject({
      decision: 'apply',
      verdict: 'whole',
      needs: [],
      segments: [{ index: 0, left: [] }],
    });
    await sandbox.here(0, ['restore', '1', '--apply', '--yes']);
    await sandbox.here(0, acked());
    const { logs } = await sandbox.hereJson<Assessed>(3, 'assess');
    expect(logs[0]?.segments[0]).toMatchObject({ state: 'archived', missing: [] });
    // Nothing is left to restore, and a chain with an archive is one like any other.
    expect(await sandbox.hereJson(0, 'restore', '1')).toMatchObject({ decision: 'nothing to do' });
    await sandbox.here(0, ['reconfigure', '1', '--apply', '--yes']);
    await sandbox.here(0, ['log', 'append', '1'], 'after\n');
    await sandbox.here(0, acked());
    await sandbox.here(0, ['backups', 'verify']);
  });
});
