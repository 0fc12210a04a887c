import { rename } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliSandbox } from '../../support/cli.ts';
import { runMain } from '../../support/inProcess.ts';
import { shippedPlaybooks } from '../../support/playbooks.ts';
import { describeWith } from '../../support/programs.ts';

const PLAYBOOKS = [...shippedPlaybooks().values()];

interface Disaster {
  readonly what: string;
  make(sandbox: CliSandbox): Promise<unknown>;
  /** What leads out of it, the most urgent first. */
  readonly right: readonly string[];
  /** Planned ones that are in nobody's way here. */
  readonly planned?: readonly string[];
  /** The wrong ones to try, where each look takes seconds; without it all of this engine, and once those of another. */
  readonly tempting?: readonly string[];
}

interface Guided {
  readonly proposals: readonly { readonly playbook: string }[];
}

interface Refused {
  readonly error: { readonly message: string; readonly hint: string };
}

async function lastNodeset(sandbox: CliSandbox): Promise<readonly string[]> {
  const { stdout } = await runMain(['assess', '--json', '--config', sandbox.file('vlog-dr.yaml')]);
  const { logs } = JSON.parse(stdout) as { logs: { segments: { nodeset: string[] }[] }[] };
  return logs[0]?.segments.at(-1)?.nodeset ?? [];
}

/** Everything but a look is refused; in the order of the story, each disaster after the one before is mended. */
function refusesTheWrongOnes(flags: readonly string[], story: readonly Disaster[]): void {
  let sandbox: CliSandbox;
  beforeAll(async () => {
    sandbox = await CliSandbox.up(...flags);
    await sandbox.must(0, 'sandbox', 'load', '--entries', '60', '--reconfigure-every', '20');
  });
  afterAll(() => sandbox?.down());

  const changes = async () => {
    const ran = await runMain(['runs', 'list', '--json', '--config', sandbox.file('vlog-dr.yaml')]);
    return (JSON.parse(ran.stdout) as { runs: readonly unknown[] }).runs.length;
  };

  it.each(story.map((one) => [one.what, one] as const))(
    '%s',
    async (_, { make, right, planned = [], tempting }) => {
      await make(sandbox);
      const config = ['--config', sandbox.file('vlog-dr.yaml')];
      const { proposals } = JSON.parse((await runMain(['guide', '--json', ...config])).stdout) as Guided;
      expect(proposals.map((one) => one.playbook)).toEqual(right);
      const before = await changes();
      const tried = PLAYBOOKS.filter(({ id, drivers }) =>
        tempting === undefined ? drivers.includes('native') || right.length === 0 : tempting.includes(id),
      );
      for (const { id } of tried.filter((one) => ![...right, ...planned].includes(one.id))) {
        // As a script would that has made up its mind: nobody is there to say no.
        const ran = await runMain(['playbook', 'run', id, '--yes', '--no-input', '--json', ...config]);
        expect([id, ran.code], ran.stderr).toEqual([id, 4]);
        const { error } = JSON.parse(ran.stdout) as Refused;
        expect(error).toMatchObject({ code: 'E_PLAYBOOK_UNFIT', context: { fits: right } });
        expect(error.message).toContain('Nothing was changed.');
        for (const fits of right) expect(error.hint).toContain(`vlog-dr playbook run ${fits}`);
      }
      expect(await changes()).toBe(before);
    },
  );
}

const apply = (sandbox: CliSandbox, ...command: string[]) =>
  sandbox.here(0, [...command, '--apply', '--yes']);

describe('a playbook for another disaster is refused, and the right one named', () => {
  describe('without a repository', () => {
    refusesTheWrongOnes(
      ['--servers', '6'],
      [
        { what: 'nothing is wrong', make: async () => undefined, right: [], planned: ['move-log'] },
        {
          what: 'a reconfiguration was left half done',
          make: (sandbox) => sandbox.must(0, 'sandbox', 'strand'),
          right: ['log-stuck'],
        },
        {
          what: 'an old copy of the MetaStore was put back',
          make: async (sandbox) => {
            await sandbox.must(0, 'sandbox', 'copy-metastore');
            await apply(sandbox, 'reconfigure', '1');
            await sandbox.must(0, 'sandbox', 'lose-metastore', '--restore-copy');
          },
          right: ['metastore-stale'],
        },
        {
          what: 'the MetaStore is lost',
          make: (sandbox) => sandbox.must(0, 'sandbox', 'lose-metastore'),
          right: ['metastore-lost'],
        },
        {
          what: 'positions are on silent servers only',
          make: async (sandbox) => {
            await apply(sandbox, 'rebuild-metastore');
            await sandbox.here(0, ['verify', '--apply']);
            await apply(sandbox, 'reconfigure', '1', '--exclude', 's1,s2,s3');
            await sandbox.must(0, 'sandbox', 'kill', 's1', 's2', 's3');
          },
          right: ['segment-lost', 'logservers-lost'],
          planned: ['move-log'],
        },
        {
          what: 'a server is back with a new disk',
          make: async (sandbox) => {
            await sandbox.must(0, 'sandbox', 'start', 's2', 's3');
            await sandbox.must(0, 'sandbox', 'wipe', 's1');
            await sandbox.must(0, 'sandbox', 'start', 's1');
          },
          right: ['server-returned', 'under-replicated'],
          planned: ['move-log'],
        },
      ],
    );
  });

  describe('with a repository', () => {
    const away = (sandbox: CliSandbox) => `${sandbox.dir}.repo.away`;
    refusesTheWrongOnes(
      ['--repo', 'file:///REPO', '--durability', 'count:2'],
      [
        {
          what: 'only silent servers know where the log ends',
          make: async (sandbox) => {
            const [one = '', two = ''] = await lastNodeset(sandbox);
            await sandbox.must(0, 'sandbox', 'kill', one, two);
          },
          right: ['loglet-unsealable'],
          planned: ['test-restore'],
        },
        {
          what: 'the repository is gone',
          make: async (sandbox) => {
            await sandbox.must(0, 'sandbox', 'start', ...(await lastNodeset(sandbox)));
            await rename(`${sandbox.dir}.repo`, away(sandbox));
          },
          right: ['repository-lost'],
          planned: ['move-log'],
        },
        {
          what: 'a disk has damaged entries',
          make: async (sandbox) => {
            await rename(away(sandbox), `${sandbox.dir}.repo`);
            await sandbox.must(0, 'sandbox', 'corrupt', 's1', '--entries', '3');
            await sandbox.here(3, ['verify']);
          },
          right: ['entries-corrupt', 'under-replicated'],
          planned: ['move-log', 'test-restore'],
        },
        {
          what: 'the MetaStore is lost, and there is a backup',
          make: async (sandbox) => {
            await apply(sandbox, 'repair');
            await sandbox.must(0, 'sandbox', 'lose-metastore');
          },
          right: ['metastore-lost-backup'],
        },
      ],
    );
  });

  describeWith('etcd', 'on etcd', () => {
    refusesTheWrongOnes(
      ['--metastore', 'etcd'],
      [
        {
          what: 'the MetaStore has lost its majority',
          make: (sandbox) => sandbox.must(0, 'sandbox', 'lose-metastore', '--keep', '1'),
          right: ['metastore-majority-lost'],
          tempting: ['metastore-lost', 'metastore-lost-backup', 'metastore-stale', 'log-stuck'],
        },
      ],
    );
  });
});
