import { afterEach, describe, expect, it } from 'vitest';
import { CliSandbox } from '../../support/cli.ts';

let sandbox: CliSandbox;
afterEach(() => sandbox.down());

const REBUILD = ['rebuild-metastore', '--from-loglets', '--apply', '--yes'];

async function lines(): Promise<string[]> {
  return (await sandbox.here(0, ['log', 'read', '1'])).trim().split('\n');
}

describe('a reconfiguration killed with -9 in each of its steps', () => {
  it('is completed by the next append, or by a rebuild when the MetaStore is lost as well', async () => {
    sandbox = await CliSandbox.up('--servers', '4');
    const entries: string[] = [];
    const append = async (entry: string) => {
      await sandbox.here(0, ['log', 'append', '1'], `${entry}\n`);
      entries.push(entry);
    };
    await append('first');
    for (let killAt = 1; ; killAt += 1) {
      const killed = await sandbox.run(['reconfigure', '1', '--apply', '--yes'], { killAtCall: killAt });
      if (killed.signal === null) {
        expect(killed.code, killed.stderr).toBe(0);
        expect(killAt).toBeGreaterThan(8);
        break;
      }
      if (killAt % 2 === 0) {
        await sandbox.must(0, 'sandbox', 'lose-metastore');
        await sandbox.here(0, REBUILD);
      }
      await append(`after ${killAt}`);
      expect(await lines()).toEqual(entries);
    }
    await append('last');
    expect(await lines()).toEqual(entries);
    // What lost its place is an orphan: nowhere served, and no trouble.
    expect((await sandbox.hereJson<{ lost: unknown }>(0, 'verify')).lost ?? []).toEqual([]);
  }, 900_000);

  it('by two tools at once, one wins each time and nothing acknowledged is lost', async () => {
    sandbox = await CliSandbox.up('--servers', '5');
    const load = sandbox.startLoad('1');
    await load.acknowledged(20);
    const race = () =>
      Promise.all([1, 2, 3].map(() => sandbox.run(['reconfigure', '1', '--apply', '--yes', '--json'])));
    const ends = await race();
    expect(ends.some((end) => end.code === 0)).toBe(true);
    // Whoever lost says so: somebody else went on since the plan, or is at it.
    for (const { code, stdout } of ends) expect([0, 4, 6], stdout).toContain(code);
    await load.acknowledged(load.count + 20);
    expect(await load.stop()).toMatchObject({ failed: 0, unknown: 0 });
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    const plan = await sandbox.hereJson<{ logs: { verdict: string }[] }>(0, ...REBUILD);
    expect(plan.logs.map((log) => log.verdict)).toEqual(['proven']);
    await sandbox.here(0, ['verify', '--acked', sandbox.file('acked.jsonl')]);
  }, 120_000);
});
