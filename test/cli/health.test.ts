import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { assessmentSchema } from '../../src/codec/results/assess.ts';
import { repairResultSchema } from '../../src/codec/results/repair.ts';
import { verificationSchema } from '../../src/codec/results/verify.ts';
import { CliSandbox } from '../support/cli.ts';

type Printed<S extends z.ZodType> = z.input<S>;

/** One cluster of real processes through an illness and its cure: each step rests on the one before. */
describe('assess, verify and repair on real processes', () => {
  let sandbox: CliSandbox;
  /** A member of the last loglet that can be missed: positions are given elsewhere. */
  let victim: string;
  beforeAll(async () => {
    sandbox = await CliSandbox.up('--servers', '3', '--durability', 'majority');
    await sandbox.must(0, 'sandbox', 'load', '--log', '1', '--entries', '40', '--reconfigure-every', '20');
  });
  afterAll(() => sandbox.down());

  async function assessed(code: number): Promise<Printed<typeof assessmentSchema>> {
    const printed = await sandbox.json(code, 'assess');
    assessmentSchema.parse(printed);
    return printed as Printed<typeof assessmentSchema>;
  }

  const codes = ({ findings }: Printed<typeof assessmentSchema>) =>
    findings.filter((one) => one.severity !== 'info').map((one) => one.code);

  it('nothing is wrong with a new cluster', async () => {
    const healthy = await assessed(0);
    expect(healthy).toMatchObject({
      verdict: 'ok',
      metaStore: { health: 'ok' },
      logs: [{ logId: '1', tail: '40', writable: true, ifMetaStoreLost: { verdict: 'proven' } }],
    });
    const read = await sandbox.json(0, 'verify');
    verificationSchema.parse(read);
    expect(read).toMatchObject({ verdict: 'ok', checked: { segments: 2 } });
    // Without a terminal it asks nothing, and offers the drill all the same.
    const { stdout } = await sandbox.must(0, 'guide');
    expect(stdout).toContain('Nothing is wrong with sandbox.');
    expect(stdout).toContain('`vlog-dr drill run lost-metastore`');
    victim = ['s1', 's2'].find((id) => id !== healthy.logs[0]?.sequencer) ?? '';
  });

  it('a killed server is named with what hangs on it', async () => {
    await sandbox.must(0, 'sandbox', 'kill', victim);
    const ill = await assessed(3);
    expect(codes(ill)).toContain('SERVER_UNREACHABLE');
    expect(ill.logServers.find((one) => one.id === victim)?.state).toBe('unreachable');
  });

  it('a server that cannot be asked is not retired, and what loses nothing is said first', async () => {
    const { stderr } = await sandbox.must(4, 'retire', victim, '--apply', '--yes');
    expect(stderr).toContain('E_STILL_NEEDED');
    expect(stderr).toContain(
      `next: Start ${victim}: \`vlog-dr repair --apply\` copies what only ${victim} holds`,
    );
    expect(stderr).toMatch(/Only where every disk of s\d is destroyed: --destroyed/);
  });

  it('a server that slept through entries and the end of a segment is completed by a repair', async () => {
    const appended = await sandbox.run(['log', 'append', '1'], { stdin: 'a\nb\nc\n' });
    expect(appended.code).toBe(0);
    await sandbox.must(0, 'reconfigure', '1', '--apply', '--yes');
    await sandbox.must(0, 'sandbox', 'start', victim);
    expect(codes(await assessed(3))).toEqual(['SEGMENT_UNDER_REPLICATED']);
    expect(await sandbox.json(3, 'verify')).toMatchObject({ verdict: 'risk' });
    const plan = await sandbox.json(0, 'repair', '--plan-out', sandbox.file('repair.json'));
    repairResultSchema.parse(plan);
    expect(plan).toMatchObject({ decision: 'apply', applied: false });
    const done = await sandbox.json(0, 'apply', sandbox.file('repair.json'), '--yes');
    repairResultSchema.parse(done);
    expect(done).toMatchObject({ applied: true, result: { failed: [], left: [], again: false } });
    expect(codes(await assessed(0))).toEqual([]);
    expect(await sandbox.json(0, 'verify')).toMatchObject({ verdict: 'ok', problems: [] });
  });

  it('a MetaStore that came back empty is a lost one, and the data is still whole', async () => {
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    const lost = await assessed(3);
    expect(lost.metaStore.health).toBe('lost');
    expect(lost.findings[0]).toMatchObject({
      code: 'METASTORE_LOST',
      playbook: 'metastore-lost',
      logId: '1',
    });
    expect(lost.logs[0]).toMatchObject({ chainFrom: 'evidence', ifMetaStoreLost: { verdict: 'proven' } });
    const { stdout } = await sandbox.must(3, 'assess');
    expect(stdout).toContain('Next: `vlog-dr rebuild-metastore --from-loglets`');
    expect(await sandbox.json(3, 'verify')).toMatchObject({ verdict: 'risk' });
    expect((await sandbox.run(['repair', '--apply', '--yes'])).code).toBe(4);
  });

  it('nothing that answers is exit 5: neither health nor loss', async () => {
    await sandbox.must(0, 'sandbox', 'kill', 's1', 's2', 's3', 'm1');
    expect((await assessed(5)).verdict).toBe('unreachable');
    expect((await sandbox.run(['repair'])).code).toBe(5);
  });
});
