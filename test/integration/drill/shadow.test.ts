import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliSandbox } from '../../support/cli.ts';
import { validated } from '../../support/inProcess.ts';

interface Shadow {
  readonly verdict: string;
  readonly fenced: boolean;
  readonly servers: { readonly silent: readonly string[] };
  readonly logs: readonly {
    readonly verdict: string;
    readonly rebuild: string;
    readonly segments: number;
    readonly same: number;
    readonly differences: readonly string[];
  }[];
}

describe('drill shadow', () => {
  let sandbox: CliSandbox;
  let urls: readonly string[];

  beforeAll(async () => {
    sandbox = await CliSandbox.up('--servers', '5', '--logs', '2', '--repo', 'file:///REPO');
    const { logServers } = await sandbox.json<{ logServers: readonly { url: string }[] }>(
      0,
      'sandbox',
      'status',
    );
    urls = logServers.map((server) => server.url);
    await sandbox.must(0, 'sandbox', 'load', '--entries', '400', '--reconfigure-every', '50');
  });
  afterAll(() => sandbox.down());

  /** Everything that a control plane could change, byte for byte. */
  async function everything(): Promise<Record<string, string>> {
    const inventories = await Promise.all(
      urls.map(async (url) => [url, await (await fetch(`${url}/v1/inventory`)).text()] as const),
    );
    const files = await Promise.all(
      [sandbox.file('metastore'), `${sandbox.dir}.repo`].map(async (root) => {
        const entries = await readdir(root, { recursive: true, withFileTypes: true });
        const paths = entries.filter((one) => one.isFile()).map((one) => `${one.parentPath}/${one.name}`);
        return Promise.all(paths.sort().map(async (path) => [path, await readFile(path, 'utf8')] as const));
      }),
    );
    return Object.fromEntries(
      [...inventories, ...files.flat()].map(([name, text]) => [
        name,
        createHash('sha256').update(text).digest('hex'),
      ]),
    );
  }

  async function shadowed(code: number): Promise<Shadow> {
    const { stdout } = await sandbox.must(code, 'drill', 'shadow', '--json');
    return validated<Shadow>('drill-shadow', stdout);
  }

  it('finds every chain again, proven, and leaves every byte as it was', async () => {
    const before = await everything();
    expect(Object.keys(before).length).toBeGreaterThan(10);
    expect(Object.values(before)).not.toContain(createHash('sha256').update('').digest('hex'));
    const result = await shadowed(0);
    expect(result).toMatchObject({ verdict: 'same', fenced: false });
    expect(result.logs.map((log) => [log.rebuild, log.same, log.segments])).toEqual([
      ['proven', 8, 8],
      ['proven', 1, 1],
    ]);
    expect(await everything()).toEqual(before);
    const { stdout } = await sandbox.must(0, 'drill', 'shadow');
    expect(stdout).toContain('no fence was raised');
  });

  it('while clients append: the same, and not one of them is disturbed', async () => {
    const load = sandbox.startLoad('1');
    await load.acknowledged(600);
    const result = await shadowed(0);
    expect(result.verdict).toBe('same');
    await load.acknowledged(load.count + 100);
    expect(await load.stop()).toMatchObject({ failed: 0, unknown: 0 });
  });

  it('says what would not be proven, and that the MetaStore has lost a chain', async () => {
    await sandbox.must(0, 'sandbox', 'kill', 's1', 's2', 's3', 's4');
    const unproven = await shadowed(3);
    expect(unproven.verdict).toBe('not proven');
    expect(unproven.servers.silent).toEqual(['s1', 's2', 's3', 's4']);
    await sandbox.must(0, 'sandbox', 'start', 's1', 's2', 's3', 's4');
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    const lost = await shadowed(4);
    expect(lost.logs[0]?.differences).toEqual([
      'The register is empty, and servers hold loglets of this log.',
    ]);
  });
});
