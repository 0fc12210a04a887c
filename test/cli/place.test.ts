import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PlaceReport } from '../../src/codec/results/place.ts';
import { CliSandbox } from '../support/cli.ts';
import { runMain } from '../support/inProcess.ts';
import { describeWith } from '../support/programs.ts';

describeWith('etcd', 'place, on six servers and three members in three zones', () => {
  let sandbox: CliSandbox;
  beforeAll(async () => {
    sandbox = await CliSandbox.up('--servers', '6', '--zones', '3', '--metastore', 'etcd');
    await sandbox.here(0, ['reconfigure', '1', '--servers', 's1,s4,s5', '--apply', '--yes']);
  }, 120_000);
  afterAll(() => sandbox.down());

  const asked = (code: number, ...args: string[]) =>
    sandbox.hereJson<PlaceReport & { logs: readonly { outcome: object }[] }>(code, 'place', ...args);

  it('without a question: every minimal loss that costs something', async () => {
    expect(await sandbox.here(0, ['place'])).toBe(`sandbox
MetaStore etcd: m1 in local/z1, m2 in local/z2, m3 in local/z3
  loses its majority with region local; zone local/z1+local/z2, local/z1+local/z3, local/z2+local/z3; server m1+m2, m1+m3, m2+m3
Log 1: all on s1 in local/z1/r1, s4 in local/z1/r4, s5 in local/z2/r5
  acknowledged entries may be lost, and it cannot be sealed, with region local; zone local/z1+local/z2; server s1+s4+s5
  appends end with region local; zone local/z1+local/z2, local/z1+local/z3, local/z2+local/z3; server s1+s4+s5, s1+s2+s3+s4, s1+s2+s3+s5, s1+s2+s3+s6, s1+s2+s4+s6, s1+s2+s5+s6 or 7 others

Next: \`vlog-dr place --lose zone=NAME\`, or \`tolerate\` in the configuration to have it checked.
`);
  });

  it('a loss that is survived ends with 0, and says how', async () => {
    const { logs, metaStore, verdict } = await asked(0, '--lose', 'zone=z1');
    expect(metaStore.quorum).toBe('kept');
    expect(logs).toMatchObject([
      {
        outcome: {
          sealable: true,
          canHost: true,
          appends: 'go on after a reconfiguration',
          rebuildProven: true,
        },
      },
    ]);
    expect(verdict).toBe('ok');
  });

  it('one that is not ends with 3, and says what it costs', async () => {
    const { logs, notSurvived } = await asked(3, '--lose', 'zone=z1,z2', '--lose', 'server=m3');
    expect(logs).toMatchObject([{ outcome: { sealable: false, appends: 'stop', rebuildProven: false } }]);
    expect(notSurvived.map(({ of, what }) => `${of}: ${what}`)).toEqual([
      'MetaStore: quorum',
      'log 1: data',
      'log 1: appends',
    ]);
  });

  it('five members would survive what three do not', async () => {
    await asked(3, '--lose', 'server=m1,m2');
    const { metaStore } = await asked(0, '--lose', 'server=m1,m2', '--grow-to', '5');
    expect(metaStore.members.map(({ exists, location }) => [exists, location])).toEqual([
      [true, 'local/z1'],
      [true, 'local/z2'],
      [true, 'local/z3'],
      [false, 'local/z1'],
      [false, 'local/z2'],
    ]);
  });

  it('what the configuration tolerates is held against where things stand', async () => {
    const text = await sandbox.text('vlog-dr.yaml');
    const withTolerance = async (tolerate: string, more = '') => {
      const file = sandbox.file('tolerant.yaml');
      await writeFile(file, `${text}tolerate: {${tolerate}}\n${more}`);
      return ['--config', file];
    };
    await asked(0, ...(await withTolerance('zone: 1')));
    // Under `minZones: 2` no later nodeset may be lost with a zone and a server; this one was made before.
    const config = await withTolerance('zone: 1, server: 1');
    const refused = await runMain(['place', '--json', ...config]);
    expect(refused.code).toBe(2);
    expect(refused.stdout).toContain('would not survive that of zone local/z1');
    const strict = text
      .replace(/minZones: \d/, 'minZones: 3')
      .replace(/minNodesetSize: \d/, 'minNodesetSize: 3');
    await writeFile(sandbox.file('strict.yaml'), `${strict}tolerate: {zone: 1, server: 1}\n`);
    const { notSurvived } = await asked(3, '--config', sandbox.file('strict.yaml'));
    expect(notSurvived.map(({ of, what, tolerated }) => ({ of, what, tolerated }))).toEqual([
      { of: 'MetaStore', what: 'quorum', tolerated: true },
      { of: 'log 1', what: 'data', tolerated: true },
    ]);
    const policy = ['reconfigure', '1', '--durability', 'count:1', '--apply', '--yes'];
    await sandbox.must(2, ...policy, ...(await withTolerance('zone: 1')));
  });

  it('without its MetaStore the snapshots, or the configuration alone, say where logs lie', async () => {
    const file = sandbox.file('alone.yaml');
    const text = await sandbox.text('vlog-dr.yaml');
    await writeFile(
      file,
      text.replace(/endpoints:[\s\S]*?members:/, 'endpoints: [http://127.0.0.1:9]\n  members:'),
    );
    const { logs, newLoglet, problems } = await asked(0, '--config', file);
    expect(logs).toEqual([]);
    expect(newLoglet?.nodeset).toHaveLength(3);
    expect(problems[0]).toContain('The MetaStore does not say where logs lie');
  });

  it.each([
    ['zone=z9', 'There is no zone z9; there is local/z1, local/z2, local/z3.'],
    ['disk=1', '--lose takes region|zone|rack|server=NAME'],
    ['zone', '--lose takes'],
  ])('--lose %s is not understood', async (lose, message) => {
    const { code, stderr } = await runMain([
      'place',
      '--lose',
      lose,
      '--config',
      sandbox.file('vlog-dr.yaml'),
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
