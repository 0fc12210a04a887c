import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRestate } from '../../../src/drill/scenario.ts';
import { SCENARIOS } from '../../../src/drill/scenarios.ts';
import { runCli } from '../../support/cli.ts';
import { runMain, validated } from '../../support/inProcess.ts';
import { needs } from '../../support/programs.ts';

const BIN = new URL('../../../bin/vlog-dr.js', import.meta.url).pathname;

interface Drill {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly lostEntries: number;
  readonly statedLoss: readonly unknown[];
}

it('every playbook that comes with the program has a drill', async () => {
  const { stdout } = await runMain(['playbook', 'list', '--json']);
  const { playbooks } = JSON.parse(stdout) as { playbooks: readonly { id: string }[] };
  const drilled = new Set(SCENARIOS.map((scenario) => scenario.playbook));
  expect(playbooks.map((one) => one.id).filter((id) => !drilled.has(id))).toEqual([]);
});

describe('led out of by its playbook, unattended:', () => {
  // Those of Restate are in test/integration/restate.
  for (const { name, expect: truth, cluster } of SCENARIOS.filter((one) => !isRestate(one))) {
    it.skipIf(cluster.metaStores[0] === 'etcd' && !needs('etcd'))(name, async () => {
      const ran = await runCli(['drill', 'run', name, '--seed', '7', '--json']);
      const drill = validated<Drill>('drill-run', ran.stdout);
      expect(drill.problems, ran.stderr).toEqual([]);
      expect([drill.ok, ran.code]).toEqual([true, 0]);
      if (truth.loss === 'as stated') {
        // The disaster was one: something acknowledged is gone, and all of it was spoken of.
        expect(drill.lostEntries).toBeGreaterThan(0);
        expect(drill.statedLoss).not.toEqual([]);
      }
    });
  }
});

describe('a drill', () => {
  const drillsOnDisk = async () =>
    (await readdir(tmpdir())).filter((entry) => entry.startsWith('vlog-dr-drill-'));

  it('that is interrupted leaves nothing behind', async () => {
    const before = await drillsOnDisk();
    const child = spawn(process.execPath, [BIN, 'drill', 'run', 'lost-metastore'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(child, 'exit');
    // Read to the end: a pipe that is closed on the drill would be another way to stop it.
    let said = '';
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk) => {
        said += chunk;
        if (said.includes('the disaster')) resolve();
      });
    });
    const [dir] = (await drillsOnDisk()).filter((entry) => !before.includes(entry));
    child.kill('SIGINT');
    const [code] = (await ended) as [number | null];
    expect(code, said).toBe(130);
    expect(await drillsOnDisk()).not.toContain(dir);
    expect(await processesOf(join(tmpdir(), dir ?? 'nothing'))).toEqual([]);
  });

  it('says which program it needs, and starts nothing without it', async () => {
    const ran = await runCli(['drill', 'run', 'lost-majority'], { env: { PATH: '/nonexistent' } });
    expect(ran.code).not.toBe(0);
    expect(ran.stderr).toContain('E_PROGRAM_MISSING');
    expect(ran.stderr).toContain('etcd');
    const list = await runCli(['drill', 'list', '--json'], { env: { PATH: '/nonexistent' } });
    const { scenarios } = JSON.parse(list.stdout) as {
      scenarios: readonly { name: string; missing: string | null }[];
    };
    expect(scenarios.find((one) => one.name === 'lost-majority')?.missing).toBe('etcd');
  });
});

/** Processes of this machine whose command line names the directory. */
async function processesOf(dir: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(dir));
}
