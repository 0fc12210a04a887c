import { afterEach, describe, expect, it } from 'vitest';
import { CliSandbox } from '../../support/cli.ts';

let sandbox: CliSandbox;
afterEach(() => sandbox.down());

const APPLY = ['rebuild-metastore', '--from-loglets', '--apply', '--yes', '--json'];

/** Nothing is left to do, and everything that was ever appended is read back. */
async function isWhole(entries: readonly string[]): Promise<void> {
  const plan = await sandbox.json<{ logs: { decision: string }[] }>(0, 'rebuild-metastore', '--from-loglets');
  expect(plan.logs.map((log) => log.decision)).toEqual(['nothing to do']);
  expect((await sandbox.must(0, 'log', 'read', '1')).stdout.trim().split('\n')).toEqual(entries);
}

async function lastKilled(): Promise<string> {
  const { runs } = await sandbox.json<{ runs: { runId: string; state: string }[] }>(0, 'runs', 'list');
  return runs.filter((run) => run.state === 'killed').at(-1)?.runId ?? '';
}

describe('rebuild-metastore --apply, killed with -9 after each record of its journal', () => {
  it('ends the same when it is resumed, and when it is run anew', async () => {
    sandbox = await CliSandbox.up('--servers', '4');
    const entries: string[] = [];
    for (let killAt = 1; ; killAt += 1) {
      entries.push(`entry ${killAt}`);
      await sandbox.run(['log', 'append', '1'], { stdin: `entry ${killAt}\n` });
      // Another one each time: the last loglet, on three of the four, has lost a member, or has none to lose.
      const victim = `s${(killAt % 4) + 1}`;
      await sandbox.must(0, 'sandbox', 'kill', victim);
      await sandbox.must(0, 'sandbox', 'lose-metastore');
      const killed = await sandbox.run(APPLY, { killAtRecord: killAt });
      if (killed.signal === null) {
        expect(killed.code, killed.stderr).toBe(0);
        expect(killAt).toBeGreaterThan(12);
        break;
      }
      // By turns: resumed, and run anew.
      const again = await sandbox.run(
        killAt % 2 === 0 ? ['runs', 'resume', await lastKilled(), '--yes', '--json'] : APPLY,
      );
      expect(again.code, again.stdout + again.stderr).toBe(0);
      await isWhole(entries);
      await sandbox.must(0, 'sandbox', 'start', victim);
    }
    await isWhole(entries);
  }, 1_200_000);
});
