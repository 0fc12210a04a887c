import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commandTable.ts';
import { RESULT_SCHEMAS } from '../../src/codec/results/registry.ts';
import { runCli } from '../support/cli.ts';
import { runMain, validated } from '../support/inProcess.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vlog-dr-cli-'));
});
afterAll(() => rm(dir, { recursive: true }));

/** Commands whose result is no document of ours: servers, scripts, schemas. */
const WITHOUT_DOCUMENT = ['serve logserver', 'serve metastore', 'schema', 'completion'];
/** Those that print the document of the plan that they carry out. */
const AS_THEIR_PLAN = ['apply', 'runs resume'];

const BUNDLE = join(import.meta.dirname, '../../dist/bundle/contents.json');

/** The modules that a loaded file of the bundle is made of; another file is itself. */
function partsOf(url: string): string[] {
  const contents = JSON.parse(readFileSync(BUNDLE, 'utf8')) as Record<string, string[]>;
  return contents[url.split('/').at(-1) ?? ''] ?? [url];
}

test('--version and --help load nothing that they do not need', async () => {
  for (const flag of ['--version', '--help']) {
    const log = join(dir, `loaded${flag}`);
    const hooks = join(import.meta.dirname, '../support/loadLog.mjs');
    const { code } = await runCli([flag], { env: { NODE_OPTIONS: `--import ${hooks}`, LOAD_LOG: log } });
    const loaded = (await readFile(log, 'utf8')).split('\n').flatMap(partsOf).join('\n');
    expect(code).toBe(0);
    expect(loaded).toContain('commander');
    expect(loaded).not.toMatch(
      /aws-sdk|smithy|fastify|lmdb|undici|zod|inquirer|ora\/|cli-table3|yaml|src\/drivers/,
    );
  }
});

test('every command that is declared can be loaded', async () => {
  for (const spec of COMMANDS) {
    const module = await spec.load();
    expect([spec.path, typeof module.run]).toEqual([spec.path, 'function']);
  }
});

test('every command has help, and every document has a schema', async () => {
  const { stdout } = await runMain(['--help']);
  for (const { path } of COMMANDS) {
    expect(stdout).toMatch(new RegExp(`^  ${path.split(' ')[0]}\\b`, 'm'));
    if (!WITHOUT_DOCUMENT.includes(path) && !AS_THEIR_PLAN.includes(path))
      expect(Object.keys(RESULT_SCHEMAS)).toContain(path.replace(' ', '-'));
  }
});

test('schema prints a JSON Schema for each name that it lists', async () => {
  const { stdout } = await runMain(['schema']);
  const names = stdout.trim().split('\n');
  expect(names).toEqual(Object.keys(RESULT_SCHEMAS).sort());
  const printed = await runMain(['schema', 'drill', 'run']);
  expect(JSON.parse(printed.stdout)).toMatchObject({ $schema: expect.stringContaining('json-schema') });
});

const CONFIG = `cluster: {name: c, id: 0b5f3e0e-6d3e-4a8e-9f5c-2d3f0a1b2c3d}
metaStore: {kind: file, endpoints: ['http://127.0.0.1:1']}
logServers: [{id: s1, url: 'http://127.0.0.1:1', location: eu/a/1}]
timeouts: {requestMs: 500, appendMs: 500}
`;

const FAILURES: [what: string, args: string[], code: number, error: string][] = [
  ['no such command', ['rebuild-everything'], 2, 'E_USAGE'],
  ['no such flag', ['log', 'tail', '1', '--fast'], 2, 'E_USAGE'],
  ['a missing argument', ['log', 'tail'], 2, 'E_USAGE'],
  ['a group without its verb', ['log'], 2, 'E_USAGE'],
  ['a number that is none', ['sandbox', 'up', '--dir', 'x', '--servers', 'many'], 2, 'E_USAGE'],
  [
    'more zones than servers',
    ['sandbox', 'up', '--dir', 'x', '--servers', '2', '--zones', '3'],
    2,
    'E_USAGE',
  ],
  ['a position that is none', ['log', 'read', '1', '--from', '-1', '--config', 'good.yaml'], 2, 'E_USAGE'],
  ['no such schema', ['schema', 'nothing'], 2, 'E_USAGE'],
  ['no such shell', ['completion', 'cmd'], 2, 'E_USAGE'],
  ['no such scenario', ['drill', 'run', 'picnic'], 2, 'E_USAGE'],
  ['no configuration', ['runs', 'list'], 2, 'E_CONFIG'],
  ['a configuration that is not there', ['runs', 'list', '--config', 'none.yaml'], 2, 'E_CONFIG'],
  ['a configuration that is no YAML', ['runs', 'list', '--config', 'bad.yaml'], 2, 'E_CONFIG'],
  ['another cluster than meant', ['runs', 'list', '--config', 'good.yaml', '--cluster', 'd'], 2, 'E_CONFIG'],
  ['no repository', ['backups', 'list', '--config', 'good.yaml'], 2, 'E_CONFIG'],
  ['no such run', ['runs', 'show', '01HZZZZZZZZZZZZZZZZZZZZZZZ', '--config', 'good.yaml'], 2, 'E_USAGE'],
  ['no sandbox', ['sandbox', 'status', '--dir', 'nowhere'], 2, 'E_USAGE'],
  ['a MetaStore that is down', ['log', 'tail', '1', '--config', 'good.yaml'], 5, 'E_METASTORE_UNAVAILABLE'],
  [
    'an acknowledged file that is none',
    ['verify', '--acked', 'bad.yaml', '--config', 'good.yaml'],
    2,
    'E_USAGE',
  ],
  ['a directory that is taken', ['sandbox', 'up', '--dir', tmpdir()], 4, 'E_EXISTS'],
];

test.each(FAILURES)('%s: the documented exit code and error', async (_, args, code, error) => {
  await writeFile(join(dir, 'good.yaml'), CONFIG);
  await writeFile(join(dir, 'bad.yaml'), 'cluster: [');
  const env = { XDG_CONFIG_HOME: dir, XDG_STATE_HOME: dir };
  const asJson = await runMain([...args, '--json'], { cwd: dir, env });
  const said = validated<{ error: { code: string; hint: string } }>('error', asJson.stdout).error;
  expect({ code: asJson.code, error: said.code }).toEqual({ code, error });
  const asText = await runMain(args, { cwd: dir, env });
  expect(asText.code).toBe(code);
  expect(asText.stdout).toBe('');
  expect(asText.stderr).toContain(error);
  expect(asText.stderr).toContain(`next: ${said.hint}`);
});

test.each(['bash', 'zsh', 'fish'])('completion for %s names every command', async (shell) => {
  const { stdout } = await runMain(['completion', shell]);
  for (const { path } of COMMANDS) for (const word of path.split(' ')) expect(stdout).toContain(word);
});

test('the completion for bash is a script that bash can read, and completes', async () => {
  const { stdout } = await runMain(['completion', 'bash']);
  const script = `${stdout}\nCOMP_WORDS=(vlog-dr sandbox l); COMP_CWORD=2; _vlog_dr; echo "\${COMPREPLY[@]}"`;
  const ran = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect(ran.stdout.trim()).toBe('load lose-metastore');
});
