import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMMANDS } from '../../../src/cli/commandTable.ts';
import { GLOBAL_OPTIONS, parseCommandLine } from '../../../src/cli/program.ts';
import { ERROR_CATALOGUE, type ErrorCode, EXIT } from '../../../src/core/errorCatalogue.ts';
import { DrError } from '../../../src/core/errors.ts';
import { freePorts } from '../../../src/sandbox/ports.ts';
import { runMain } from '../../support/inProcess.ts';

let dir: string;
let config: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vlog-dr-fuzz-'));
  config = join(dir, 'vlog-dr.yaml');
  const [a = 0, b = 0, c = 0] = await freePorts(3);
  await writeFile(
    config,
    `cluster: {name: c, id: 00000000-0000-4000-8000-0000000000c1}
metaStore: {kind: file, endpoints: ["http://127.0.0.1:${a}"]}
logServers:
  - {id: s1, url: "http://127.0.0.1:${b}", location: r/z}
  - {id: s2, url: "http://127.0.0.1:${c}", location: r/z}
repository: {url: "file://${dir}/repository", mode: best-effort}
nodesetSize: 2
timeouts: {requestMs: 200, appendMs: 400}
`,
  );
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const NASTY = [
  ...[
    '',
    ' ',
    '-',
    '--',
    '-1',
    '0',
    '1e9',
    '9223372036854775808',
    'NaN',
    '\u0000',
    '../..',
    '/dev/null',
    '/proc/x/y',
  ],
  ...[
    's1,s1',
    's1,,s2',
    ',',
    'count:0',
    'count:-1',
    'any-of:',
    'spread:zone=,copies=',
    '__proto__',
    'constructor',
  ],
  ...[
    'http://',
    'etcd+http://x',
    'file://',
    's3://',
    'http://127.0.0.1:0',
    '\ud800',
    '\0',
    'x'.repeat(300),
    '%00',
    '$(x)',
  ],
];
const word = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ maxLength: 20 }),
  fc.constantFrom('1', 's1', '10'),
);
const flag = (flags: string) => flags.split(/[ ,]/).find((part) => part.startsWith('--')) ?? '';

function commandLines(paths: readonly string[]): fc.Arbitrary<string[]> {
  return fc.constantFrom(...paths).chain((path) => {
    const { options = [], args } = COMMANDS.find((one) => one.path === path) ?? {};
    const known = [...options, ...GLOBAL_OPTIONS]
      .map(([flags]) => flags)
      .filter((flags) => !HELD_BACK.includes(flag(flags)));
    const option = fc
      .tuple(fc.constantFrom('--json', ...known), word)
      .map(([flags, value]) => (/[<[]/.test(flags) ? [flag(flags), value] : [flag(flags)]));
    const given = fc.array(word, { maxLength: args === undefined ? 1 : 3 });
    return fc
      .tuple(given, fc.array(option, { maxLength: 5 }))
      .map(([words, flags]) => [...path.split(' '), ...words, ...flags.flat()]);
  });
}

/** They go on until they are told, or write where the fuzzer says; `--config` would hide the cluster that is down. */
const HELD_BACK = ['--watch', '--follow', '--config', '--html', '--plan-out', '--state-dir', '--chain-cache'];

test('every command line is understood or refused as one', async () => {
  const any = fc.oneof(commandLines(COMMANDS.map(({ path }) => path)), fc.array(word, { maxLength: 8 }));
  await fc.assert(
    fc.asyncProperty(any, async (argv) => {
      try {
        await parseCommandLine(argv, { version: '0', columns: 80 });
      } catch (error) {
        expect(error).toBeInstanceOf(DrError);
        expect(error).toMatchObject({ code: 'E_USAGE' });
      }
    }),
    { numRuns: 800 },
  );
});

/** Those that start nothing on this machine. */
const ASKING = COMMANDS.map(({ path }) => path).filter(
  (path) => !/^(sandbox|serve|drill run|init)/.test(path),
);

test('every command, with nonsense, on a cluster that is down, ends with a code of its own', async () => {
  await fc.assert(
    fc.asyncProperty(commandLines(ASKING), async (argv) => {
      const given = ['--config', config, '--state-dir', join(dir, 'state'), '--no-input', '--json'];
      const { code, stdout } = await runMain([...argv, ...given], {
        cwd: dir,
        signal: AbortSignal.timeout(60_000),
      });
      expect(code, stdout).not.toBe(EXIT.unexpected);
      expect(code, stdout).not.toBe(EXIT.interrupted);
      if (!stdout.startsWith('{')) return;
      const { error } = JSON.parse(stdout) as { error?: { code: ErrorCode; message: string } };
      if (error === undefined) return;
      expect(code).toBe(ERROR_CATALOGUE[error.code].exit);
      expect(error.message).not.toMatch(/TypeError|undefined|\[object/);
    }),
    { numRuns: 300 },
  );
}, 300_000);
