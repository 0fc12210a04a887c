import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CATALOGUE, type ErrorCode, EXIT } from '../../src/core/errorCatalogue.ts';
import { CliSandbox } from '../support/cli.ts';
import { runMain, validated } from '../support/inProcess.ts';

interface Failure {
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly hint: string };
}

let sandbox: CliSandbox;
let before: { version: number; tail: string };
beforeAll(async () => {
  sandbox = await CliSandbox.up('--servers', '3');
  await sandbox.must(0, 'sandbox', 'load', '--log', '1', '--entries', '20', '--reconfigure-every', '10');
  before = await standing();
  const text = await sandbox.text('vlog-dr.yaml');
  const changed: Record<string, string> = {
    'no-yaml.yaml': 'logServers: [',
    'empty.yaml': '',
    'misspelt.yaml': text.replace('logServers:', 'logservers:'),
    'bad-url.yaml': text.replace(/url: http:/, 'url: htp:'),
    'twice.yaml': text.replace(/- id: s2/, '- id: s1'),
    'wrong-cluster.yaml': text.replace(/id: [0-9a-f-]{36}/, 'id: 0b5f3e0e-6d3e-4a8e-9f5c-2d3f0a1b2c3d'),
    'no-metastore.yaml': text.replace(/(url: http:\/\/127\.0\.0\.1:)\d+(\s*)$/m, '$11$2'),
    'no-plan.json': '{"kind": "rebuild-metastore", "plan": {}}',
    'caches.json': '{"chain": 1}',
  };
  for (const [name, content] of Object.entries(changed)) await writeFile(sandbox.file(name), content);
}, 120_000);
afterAll(() => sandbox.down());

async function standing(): Promise<{ version: number; tail: string }> {
  const { logs } = await sandbox.json<{ logs: { version: number; tail: string }[] }>(0, 'assess');
  return { version: logs[0]?.version ?? 0, tail: logs[0]?.tail ?? '' };
}

/** Runs a command that must fail: the exit code of its error's catalogue entry, and a message that is whole. */
async function failure(config: string, args: readonly string[], stdin = 'x\n'): Promise<Failure['error']> {
  const place = ['--config', sandbox.file(config)];
  const given = args.map((arg) => arg.replace('DIR/', `${sandbox.dir}/`));
  const { code, stdout } = await runMain([...given, ...place, '--json'], { stdin });
  const { error } = validated<Failure>('error', stdout);
  expect(code).toBe(ERROR_CATALOGUE[error.code].exit);
  return error;
}

/** What a person must be able to read out of any message: what is now true of the data. */
const TRUTH =
  /nothing (was|is) (read|written|changed|done|started|overwritten)|not changed|unchanged|has no chain|knows it|were not used|No register was changed|no entry/i;

const CONFIGURATION: readonly (readonly [file: string, problem: RegExp])[] = [
  ['not-there.yaml', /cannot be read/],
  ['no-yaml.yaml', /not YAML/],
  ['empty.yaml', /problem/],
  ['misspelt.yaml', /logservers: expected no such key/],
  ['bad-url.yaml', /htp/],
  ['twice.yaml', /s1/],
];

const OF_ANOTHER_CLUSTER = [
  'assess',
  'rebuild-metastore --from-loglets --apply --yes',
  'seal 1 --apply --yes',
  'reconfigure 1 --apply --yes',
  'fence --apply --yes',
  'repair --apply --yes',
  'verify',
  'log append 1',
  'log trim 1 --to 5 --apply',
];

const ARGUMENTS: readonly (readonly [command: string, code: ErrorCode])[] = [
  ['log read nope', 'E_UNKNOWN_LOG'],
  ['log tail nope', 'E_UNKNOWN_LOG'],
  ['log append nope', 'E_UNKNOWN_LOG'],
  ['log trim nope --to 3', 'E_UNKNOWN_LOG'],
  ['seal nope --apply --yes', 'E_UNKNOWN_LOG'],
  ['reconfigure nope --apply --yes', 'E_UNKNOWN_LOG'],
  ['log create a/b', 'E_USAGE'],
  ['log create 1', 'E_EXISTS'],
  ['log read 1 --from -1', 'E_USAGE'],
  ['log read 1 --from 99999999999999999999', 'E_USAGE'],
  ['log trim 1', 'E_USAGE'],
  ['log trim 1 --to 999', 'E_USAGE'],
  ['log trim 1 --to 999 --apply', 'E_USAGE'],
  ['seal 1 --loglet nope', 'E_USAGE'],
  ['admit s9', 'E_UNKNOWN_SERVER'],
  ['retire s9', 'E_UNKNOWN_SERVER'],
  ['reconfigure 1 --servers s1,s9', 'E_UNKNOWN_SERVER'],
  ['reconfigure 1 --durability most', 'E_USAGE'],
  ['rebuild-metastore --from-backup nope', 'E_USAGE'],
  ['rebuild-metastore --from-caches DIR/nope', 'E_USAGE'],
  ['rebuild-metastore --from-metastore DIR/nope', 'E_USAGE'],
  ['rebuild-metastore --from-data-dir DIR/nope', 'E_STORE_UNFORMATTED'],
  ['apply DIR/nope', 'E_USAGE'],
  ['apply DIR/no-plan.json --yes', 'E_BAD_PLAN'],
  ['apply DIR/vlog-dr.yaml --yes', 'E_BAD_PLAN'],
  ['runs show nope', 'E_USAGE'],
  ['runs resume ../../etc', 'E_USAGE'],
  ['verify --acked DIR/nope', 'E_USAGE'],
  ['verify --acked DIR/vlog-dr.yaml', 'E_USAGE'],
  ['backup', 'E_CONFIG'],
  ['backup --data', 'E_CONFIG'],
  ['restore 1', 'E_CONFIG'],
  ['backups list', 'E_CONFIG'],
  ['schema nope', 'E_USAGE'],
  ['drill run nope', 'E_USAGE'],
  ['completion tcsh', 'E_USAGE'],
  ['frobnicate', 'E_USAGE'],
  ['assess --frobnicate', 'E_USAGE'],
  ['seal', 'E_USAGE'],
];

describe('nonsense', () => {
  it.each(CONFIGURATION)('in a configuration (%s) is exit 2 and names the problem', async (file, problem) => {
    const error = await failure(file, ['assess']);
    expect(error.code).toBe('E_CONFIG');
    expect(error.message).toMatch(problem);
    expect(error.message).toMatch(TRUTH);
  });

  it.each(OF_ANOTHER_CLUSTER)('the wrong cluster id stops `%s` before it does anything', async (command) => {
    const error = await failure('wrong-cluster.yaml', command.split(' '));
    expect(error.code).toBe('E_WRONG_CLUSTER');
    expect(error.message).toMatch(/Nothing was changed/);
  });

  it.each(ARGUMENTS)('`%s` is %s', async (command, code) => {
    const error = await failure('vlog-dr.yaml', command.split(' '));
    expect(error.code, error.message).toBe(code);
    if (code !== 'E_USAGE') expect(error.message).toMatch(TRUTH);
    expect(error.hint).not.toBe('');
  });

  it('nothing, appended to a log that does not exist, is no success', async () => {
    expect((await failure('vlog-dr.yaml', ['log', 'append', 'nope'], '')).code).toBe('E_UNKNOWN_LOG');
  });

  it.skipIf(process.platform !== 'linux')(
    'a place where nothing can be made is no reason to hang',
    async () => {
      const into = ['rebuild-metastore', '--into', '/proc/nowhere/metastore'];
      for (const flags of [[], ['--apply', '--yes']])
        expect((await failure('vlog-dr.yaml', [...into, ...flags])).code).toBe('E_METASTORE_UNAVAILABLE');
    },
  );

  it('changed nothing, all of it together', async () => {
    expect(await standing()).toEqual(before);
    expect((await sandbox.json<{ runs: unknown[] }>(0, 'runs', 'list')).runs).toEqual([]);
  });
});

describe('a journal that was cut or damaged', () => {
  const REBUILD = ['rebuild-metastore', '--from-loglets', '--apply', '--yes', '--json'];

  async function killed(): Promise<{ runId: string; file: string; text: string }> {
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    const { signal } = await sandbox.run(REBUILD, { killAtRecord: 7 });
    expect(signal).toBe('SIGKILL');
    const { runs } = await sandbox.json<{ runs: { runId: string; state: string }[] }>(0, 'runs', 'list');
    const runId = runs.find((run) => run.state === 'killed')?.runId ?? '';
    const file = sandbox.file('state', 'runs', runId, 'journal.jsonl');
    return { runId, file, text: await readFile(file, 'utf8') };
  }

  const resume = (runId: string) =>
    runMain(['--config', sandbox.file('vlog-dr.yaml'), 'runs', 'resume', runId, '--json']);

  it('in its last record is resumed: that record was never acted on', async () => {
    const { runId, file, text } = await killed();
    await writeFile(file, text.slice(0, -7));
    const { code, stdout } = await resume(runId);
    expect(code, stdout).toBe(EXIT.done);
    expect(validated('rebuild-metastore', stdout)).toMatchObject({ applied: true });
  });

  it('before it is refused, and the command run anew ends well', async () => {
    const { runId, file, text } = await killed();
    const lines = text.split('\n');
    await writeFile(file, [lines[0], lines[1]?.slice(0, 9), ...lines.slice(2)].join('\n'));
    const { code, stdout } = await resume(runId);
    expect(code).toBe(EXIT.refused);
    expect(validated<Failure>('error', stdout).error.code).toBe('E_BAD_JOURNAL');
    await sandbox.must(0, ...REBUILD);
    await sandbox.must(0, 'verify', '--acked', sandbox.file('acked.jsonl'));
  });
});
