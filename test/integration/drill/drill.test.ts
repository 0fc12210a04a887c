import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../support/cli.ts';
import { validated } from '../../support/inProcess.ts';

interface Drill {
  readonly steps: readonly { readonly step: string; readonly ok: boolean }[];
  readonly ackedEntries: number;
  readonly phases: Readonly<Record<string, number>>;
  readonly rtoMs: number;
  readonly records: readonly string[];
  readonly summary: { readonly runs: number; readonly held: number };
}

const drillsOnDisk = async () =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('vlog-dr-drill-'));

describe('lost-metastore', () => {
  let directory: string;
  let before: string[];
  let drill: Drill;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'vlog-dr-records-'));
    before = await drillsOnDisk();
    const args = ['--seed', '3', '--repeat', '2', '--report', directory, '--json'];
    const ran = await runCli(['drill', 'run', 'lost-metastore', ...args]);
    expect({ code: ran.code, stderr: ran.code === 0 ? '' : ran.stderr }).toEqual({ code: 0, stderr: '' });
    drill = validated<Drill>('drill-run', ran.stdout);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('is led out of by its playbook, nothing acknowledged is lost, nothing is left running', async () => {
    expect(drill).toMatchObject({
      scenario: 'lost-metastore',
      playbook: 'metastore-lost',
      seed: 4,
      verdict: 'proven',
      lostEntries: 0,
      rpoSeconds: 0,
      ok: true,
      summary: { runs: 2, held: 2 },
    });
    expect(drill.steps.every(({ ok }) => ok)).toBe(true);
    expect(drill.ackedEntries).toBeGreaterThanOrEqual(2_000);
    expect((await drillsOnDisk()).filter((name) => !before.includes(name))).toEqual([]);
  });

  it('is timed by phase, one after the other', () => {
    const { detectedMs = -1, plannedMs = -1, recoveredMs = -1, appendedMs = -1 } = drill.phases;
    expect([detectedMs, plannedMs, recoveredMs, appendedMs].every((ms) => ms >= 0)).toBe(true);
    expect([plannedMs - detectedMs, recoveredMs - plannedMs, appendedMs - recoveredMs]).toSatisfy(
      (gaps: number[]) => gaps.every((gap) => gap >= 0),
    );
    expect(drill.rtoMs).toBe(appendedMs);
  });

  it('is on record, and the records make a history', async () => {
    const verified = await runCli(['drill', 'verify-records', directory, '--json']);
    expect(verified.code).toBe(0);
    expect(validated('drill-verify-records', verified.stdout)).toMatchObject({ ok: true });
    const trend = await runCli(['drill', 'trend', directory, '--html', join(directory, 't.html'), '--json']);
    expect(validated('drill-trend', trend.stdout)).toMatchObject({
      ok: true,
      scenarios: [{ scenario: 'lost-metastore', runs: 2, held: 2 }],
      rejected: [],
    });
    expect(await readFile(join(directory, 't.html'), 'utf8')).toContain('History of drills');
    const report = await readFile(join(drill.records[0] ?? '', 'report.md'), 'utf8');
    expect(report).toContain('--seed 3');
  });

  it('a record that was changed is not believed', async () => {
    const file = join(drill.records[1] ?? '', 'result.json');
    const honest = await readFile(file, 'utf8');
    await writeFile(file, honest.replace(/"rtoMs": \d+/, '"rtoMs": 1'));
    const verified = await runCli(['drill', 'verify-records', directory]);
    expect(verified.code).toBe(4);
    expect(verified.stdout).toContain('result.json was changed.');
    const trend = await runCli(['drill', 'trend', directory, '--json']);
    expect(trend.code).toBe(3);
    expect(JSON.parse(trend.stdout)).toMatchObject({ scenarios: [{ runs: 1 }], rejected: [{}] });
    await writeFile(file, honest);
  });

  it('nor is a line of records from which one was taken', async () => {
    await rm(drill.records[0] ?? '', { recursive: true });
    const verified = await runCli(['drill', 'verify-records', directory]);
    expect(verified.code).toBe(4);
    expect(verified.stdout).toContain('follows a record that is not here');
  });
});

it('drill list names the scenarios, with their playbooks', async () => {
  const { stdout } = await runCli(['drill', 'list', '--json']);
  expect(validated('drill-list', stdout)).toMatchObject({
    scenarios: expect.arrayContaining([
      expect.objectContaining({ name: 'lost-metastore', playbook: 'metastore-lost', missing: null }),
    ]),
  });
});
