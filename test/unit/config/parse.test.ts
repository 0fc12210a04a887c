import { expect, test } from 'vitest';
import type { ConfigOverrides } from '../../../src/config/normalize.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { DrError } from '../../../src/core/errors.ts';

const around = {
  file: '/etc/vlog/vlog-dr.yaml',
  resolveFromFile: (path: string) => (path.startsWith('/') ? path : `/etc/vlog/${path}`),
  resolveFromHere: (path: string) => (path.startsWith('/') ? path : `/here/${path}`),
  defaultStateDir: (name: string) => `/state/${name}`,
};

const healthy = `
cluster: {name: prod, id: 0b5f3e0e-6d3e-4a8e-9f5c-2d3f0a1b2c3d}
metaStore: {kind: file, endpoints: ['http://127.0.0.1:4000']}
logServers:
  - {id: s1, url: 'http://127.0.0.1:4001', location: eu/a/1}
  - {id: s2, url: 'http://127.0.0.1:4002', location: eu/b/1}
  - {id: s3, url: 'http://127.0.0.1:4003', location: eu/c/1}
`;

function read(text: string, options: { overrides?: ConfigOverrides; cluster?: string } = {}) {
  const { overrides = {}, ...rest } = options;
  return parseConfig({ text, around, overrides, ...rest });
}

function problems(text: string, options: { cluster?: string } = {}): Record<string, string> {
  try {
    read(text, options);
  } catch (error) {
    if (!(error instanceof DrError) || error.code !== 'E_CONFIG') throw error;
    const listed = error.context.problems as { path: string; expected: string; received: string }[];
    return Object.fromEntries(listed.map((one) => [one.path, `${one.expected} | ${one.received}`]));
  }
  return {};
}

test('defaults: every server, all copies, a majority for the successor, state beside the user', () => {
  expect(read(healthy)).toMatchObject({
    cluster: { name: 'prod' },
    durability: { kind: 'all' },
    nodesetSize: 3,
    minNodesetSize: 2,
    stateDir: '/state/prod',
  });
});

test('paths in the file are relative to the file, those of flags to where the user stands', () => {
  const text = `${healthy}stateDir: state\ntokenFile: token\n`;
  expect(read(text)).toMatchObject({ stateDir: '/etc/vlog/state', tokenFile: '/etc/vlog/token' });
  expect(read(text, { overrides: { stateDir: 'mine' } })).toMatchObject({ stateDir: '/here/mine' });
  expect(read(text, { overrides: { chainCacheDir: 'seen' } })).toMatchObject({ chainCacheDir: '/here/seen' });
});

test('overrides win over the file', () => {
  const config = read(healthy, {
    overrides: {
      repository: 'file:///backups',
      durability: 'count:2',
      requestTimeoutMs: '250',
      metaStore: '/m',
    },
  });
  expect(config).toMatchObject({
    repository: { url: 'file:///backups', mode: 'best-effort' },
    durability: { kind: 'count', copies: 2 },
    timeouts: { requestMs: 250 },
    metaStore: { kind: 'file', dir: '/m' },
  });
});

test('all problems are told at once, each with its path', () => {
  const text = healthy
    .replace('id: s2', 'id: s1')
    .replace('4002', '4001')
    .concat('nodesetSize: 4\nminNodesetSize: 5\nminZones: 9\ndurability: count:0\n');
  expect(Object.keys(problems(text)).sort()).toEqual(
    [
      'durability',
      'logServers[1].id',
      'logServers[1].url',
      'minNodesetSize',
      'minZones',
      'nodesetSize',
    ].sort(),
  );
});

const SHAPES: [what: string, change: (text: string) => string, path: string, said: string][] = [
  ['a path with a NUL', (text) => `${text}tokenFile: "a\\0b"\n`, 'tokenFile', 'a path'],
  ['a misspelt key', (text) => `${text}durabilty: all\n`, 'durabilty', 'no such key'],
  [
    'a secret',
    (text) => `${text}secretAccessKey: x\n`,
    'secretAccessKey',
    'a secret that does not belong here',
  ],
  ['an id that is no UUID', (text) => text.replace(/id: 0b5f.*}/, 'id: x}'), 'cluster.id', 'a UUID | "x"'],
  [
    'no servers',
    (text) => `${text.split('logServers')[0]}logServers: []`,
    'logServers',
    'at least 1 | an empty list',
  ],
  [
    'a password in a URL',
    (text) => text.replace('//127', '//u:p@127'),
    'metaStore.endpoints[0]',
    'without user',
  ],
  ['neither dir nor endpoints', (text) => text.replace(/, endpoints.*}/, '}'), 'metaStore', 'neither'],
  ['a policy that is none', (text) => `${text}durability: most\n`, 'durability', '"most"'],
  ['more copies than servers', (text) => `${text}durability: count:9\n`, 'durability', '9 copies do not fit'],
  ['a strange repository', (text) => `${text}repository: {url: 'ftp://x/y'}\n`, 'repository.url', 's3://'],
  [
    'a location with a space',
    (text) => text.replace('eu/a/1', 'eu a'),
    'logServers[0].location',
    'region/zone',
  ],
];

test.each(SHAPES)('refused: %s', (_, change, path, said) => {
  const found = problems(change(healthy));
  expect(found[path]).toContain(said);
});

test.each([
  ['all', 'zone: 1', true],
  ['all', 'zone: 1, server: 1', false],
  ['all', 'region: 1', false],
  ['count:1', 'server: 1', false],
  ['count:2', 'server: 1', true],
  ['majority', 'zone: 2', false],
  ['spread:zone=2,copies=2', 'zone: 1', true],
])('%s survives {%s} of three zones: %s', (durability, tolerate, isHeld) => {
  const text = `${healthy}durability: ${durability}\ntolerate: {${tolerate}}\n`;
  if (isHeld) expect(read(text)).toMatchObject({ tolerate: { region: 0 } });
  else
    expect(problems(text).durability).toMatch(
      /a loss within `tolerate` costs no acknowledged entry.*would not survive that of (region|zone|server)/,
    );
});

test('what a policy would not survive, it may be made to survive: larger nodesets', () => {
  const text = `${healthy}tolerate: {zone: 1, server: 1}\n`;
  expect(problems(text).durability).toContain('a loglet on s1, s2');
  expect(problems(`${text}minNodesetSize: 3\n`)).toEqual({});
});

test.each([['a: ['], ['- x'], [''], ['just text']])(
  'text that is no configuration is refused: %j',
  (text) => {
    expect(() => read(text)).toThrow(DrError);
  },
);

test('a cluster is chosen by name, and never another one than asked for', () => {
  const named = `default: prod\nclusters:\n  prod:${indent(healthy)}\n  test:${indent(healthy.replace('name: prod', 'name: test'))}\n`;
  expect(read(named).cluster.name).toBe('prod');
  expect(read(named, { cluster: 'test' }).cluster.name).toBe('test');
  expect(problems(named, { cluster: 'other' })).toHaveProperty('--cluster');
  expect(problems(healthy, { cluster: 'other' })).toHaveProperty(['cluster.name']);
});

function indent(text: string): string {
  return text.replaceAll('\n', '\n    ');
}
