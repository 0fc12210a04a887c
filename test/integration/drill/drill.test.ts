import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { runCli } from '../../support/cli.ts';
import { validated } from '../../support/inProcess.ts';

interface Drill {
  readonly steps: readonly { readonly step: string; readonly ok: boolean }[];
  readonly ackedEntries: number;
}

const drillsOnDisk = async () =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('vlog-dr-drill-'));

test('lost-metastore: rebuilt from the loglets, nothing acknowledged is lost, nothing is left running', async () => {
  const before = await drillsOnDisk();
  const ran = await runCli(['drill', 'run', 'lost-metastore', '--seed', '3', '--json']);
  const drill = validated<Drill>('drill-run', ran.stdout);
  expect({ code: ran.code, stderr: ran.code === 0 ? '' : ran.stderr }).toEqual({ code: 0, stderr: '' });
  expect(drill).toMatchObject({
    scenario: 'lost-metastore',
    seed: 3,
    verdict: 'proven',
    lostEntries: 0,
    ok: true,
  });
  expect(drill.steps.every(({ ok }) => ok)).toBe(true);
  expect(drill.ackedEntries).toBeGreaterThanOrEqual(2_000);
  expect((await drillsOnDisk()).filter((name) => !before.includes(name))).toEqual([]);
});

test('drill list names the scenario', async () => {
  const { stdout } = await runCli(['drill', 'list', '--json']);
  expect(validated('drill-list', stdout)).toMatchObject({ scenarios: [{ name: 'lost-metastore' }] });
});
