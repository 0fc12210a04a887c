import { writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { CliSandbox } from '../../support/cli.ts';
import { needs } from '../../support/programs.ts';
import { CASES } from './killedCases.ts';

let sandbox: CliSandbox;
afterEach(() => sandbox.down());

/**
 * One run is killed with -9 again and again: after each thing that it wrote down, in its own journal or in that of a
 * command that it was applying, or after each step. A process that came no further than the one before is given one record more.
 */
describe.each(CASES.filter((one) => one.needs === undefined || needs(one.needs)))(
  '$playbook, killed with -9 after each step and resumed',
  (one) => {
    it('ends as if it had not been killed', async () => {
      sandbox = await CliSandbox.up(...(one.up ?? []));
      await sandbox.must(0, 'sandbox', 'load', '--entries', '60', '--reconfigure-every', '20');
      const last = await lastNodeset();
      const named = (words: readonly string[]) => {
        const members = [...last];
        return words.map((word) => (word === 'LAST' ? (members.shift() ?? '') : word));
      };
      const make = (making: (typeof one.disaster)[number]) =>
        typeof making === 'function' ? making(sandbox, last) : sandbox.must(0, ...named(making));
      for (const making of one.disaster) await make(making);
      const answers = Object.fromEntries(
        Object.entries(one.answers ?? {}).map(([key, value]) => [
          key,
          typeof value === 'string' ? value : named(value),
        ]),
      );
      const file = sandbox.file('answers.json');
      await writeFile(file, JSON.stringify({ schemaVersion: 1, playbook: one.playbook, answers }));
      const only = one.between && { env: { TEST_AT_RECORD_LIKE: '"type":"finished"' } };
      const around = { cwd: sandbox.dir, ...only };
      const given = ['--answers', file, '--yes', '--no-input', '--json'];

      // The head of the journal, and one thing more; or the end of the first step.
      let killed = await sandbox.run(['playbook', 'run', one.playbook, ...given], {
        killAtRecord: one.between ? 1 : 2,
        ...around,
      });
      const byHand = [...(one.byHand ?? [])];
      // Known from now on: one that was killed at its very end is not open any more, and goes on all the same.
      const runId = await openRun();
      let kills = 0;
      const fewest = one.between ? 1 : 3;
      for (let records = fewest; killed.signal !== null || byHand.length > 0; kills += 1) {
        if (killed.signal === null) {
          expect(killed.stdout).toContain('E_STEP_UNVERIFIED');
          await make(byHand.shift() ?? []);
        }
        const before = await eventCount(runId);
        killed = await sandbox.run(['playbook', 'resume', runId, ...given], {
          killAtRecord: records,
          ...around,
        });
        records = (await eventCount(runId)) > before ? fewest : records + 1;
      }
      expect([0, 3], killed.stdout + killed.stderr).toContain(killed.code);
      const result = JSON.parse(killed.stdout) as { outcome: string; steps: { outcome: string }[] };
      expect(result.outcome).toBe('done');
      expect(kills).toBeGreaterThanOrEqual(one.between ? result.steps.length : 4);
      expect(result.steps.map(({ outcome }) => outcome)).not.toContain('not reached');
      expect(await findings()).toEqual(one.left ?? []);
      // Nothing that was acknowledged is missing, also where a loss had to be accepted: the survivor had it all.
      if (!one.isLoss) await sandbox.must(0, 'verify', '--acked', sandbox.file('acked.jsonl'));
      const { runs } = await sandbox.hereJson<{ runs: { state: string }[] }>(0, 'runs', 'list');
      expect(runs.map(({ state }) => state).filter((state) => state !== 'done')).toEqual([]);
    }, 900_000);
  },
);

async function assessed() {
  return JSON.parse((await sandbox.run(['assess', '--json'])).stdout) as {
    findings: { code: string; severity: string }[];
    logs: { segments: { nodeset: string[] }[] }[];
  };
}

async function lastNodeset(): Promise<readonly string[]> {
  return (await assessed()).logs[0]?.segments.at(-1)?.nodeset ?? [];
}

async function findings(): Promise<string[]> {
  const { findings: found } = await assessed();
  return [...new Set(found.filter(({ severity }) => severity !== 'info').map(({ code }) => code))].sort();
}

/** The one run of a playbook in this sandbox. */
async function openRun(): Promise<string> {
  const guided = JSON.parse((await sandbox.run(['guide', '--json'])).stdout) as {
    open: { runId: string }[];
  };
  expect(guided.open).toHaveLength(1);
  return guided.open[0]?.runId ?? '';
}

async function eventCount(runId: string): Promise<number> {
  const journal = await sandbox.text('state', 'playbooks', 'runs', runId, 'journal.jsonl');
  // A plan that nothing followed is made again: it is no step forward.
  const done = journal.split('\n').filter((line) => line.includes('"type":"done"'));
  return done.filter((line) => !line.includes('"type":"planned"')).length;
}
