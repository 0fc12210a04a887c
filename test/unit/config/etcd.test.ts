import { expect, test } from 'vitest';
import type { ConfigOverrides } from '../../../src/config/normalize.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { DrError } from '../../../src/core/errors.ts';

const ID = '0b5f3e0e-6d3e-4a8e-9f5c-2d3f0a1b2c3d';
const around = {
  file: '/etc/vlog/vlog-dr.yaml',
  resolveFromFile: (path: string) => (path.startsWith('/') ? path : `/etc/vlog/${path}`),
  resolveFromHere: (path: string) => (path.startsWith('/') ? path : `/here/${path}`),
  defaultStateDir: (name: string) => `/state/${name}`,
};

function read(metaStore: string, overrides: ConfigOverrides = {}) {
  const text = `
cluster: {name: prod, id: ${ID}}
metaStore: ${metaStore}
logServers: [{id: s1, url: 'http://127.0.0.1:4001', location: eu/a/1}]
`;
  return parseConfig({ text, around, overrides }).metaStore;
}

function problems(metaStore: string, overrides?: ConfigOverrides): string[] {
  try {
    read(metaStore, overrides);
  } catch (error) {
    if (!(error instanceof DrError) || error.code !== 'E_CONFIG') throw error;
    const listed = error.context.problems as { path: string; expected: string }[];
    return listed.map(({ path, expected }) => `${path}: ${expected}`);
  }
  return [];
}

test('an etcd needs its endpoints only: the cluster has a prefix of its own', () => {
  expect(read(`{kind: etcd, endpoints: ['http://a:2379/', 'http://b:2379']}`)).toEqual({
    kind: 'etcd',
    endpoints: ['http://a:2379', 'http://b:2379'],
    prefix: `/vlog-dr/${ID}`,
  });
});

test('certificates and the password are files, named relative to the configuration', () => {
  const files = 'caFile: ca.pem, certFile: c.pem, keyFile: k.pem, username: dr, passwordFile: /run/pw';
  expect(read(`{kind: etcd, endpoints: ['https://a:2379'], prefix: /x/y, ${files}}`)).toMatchObject({
    prefix: '/x/y',
    caFile: '/etc/vlog/ca.pem',
    certFile: '/etc/vlog/c.pem',
    keyFile: '/etc/vlog/k.pem',
    username: 'dr',
    passwordFile: '/run/pw',
  });
});

test('half a certificate, half a user, a secret in an address, a prefix that is none', () => {
  const endpoints = `endpoints: ['http://u:p@a:2379']`;
  expect(problems(`{kind: etcd, ${endpoints}, certFile: c, username: u}`)).toEqual([
    'metaStore.endpoints[0]: a URL without user and password',
    'metaStore: both certFile and keyFile, or neither',
    'metaStore: both username and passwordFile, or neither',
  ]);
  expect(problems(`{kind: etcd, endpoints: ['http://a:1'], prefix: x/}`)).toEqual([
    'metaStore.prefix: /name, /name/name …, without a slash at its end',
  ]);
  expect(problems(`{kind: etcd, endpoints: ['http://a:1'], password: x}`)).toEqual([
    'metaStore.password: no such key',
  ]);
  expect(problems('{kind: zookeeper}')).toEqual(['metaStore.kind: file or etcd']);
});

test('an address can name another etcd, and keeps the certificates and the user of the configured one', () => {
  const metaStore = 'etcd+https://x:1,y:2/other/';
  const files = 'caFile: ca.pem, username: dr, passwordFile: pw';
  expect(read(`{kind: etcd, endpoints: ['https://a:2379'], prefix: /p, ${files}}`, { metaStore })).toEqual({
    kind: 'etcd',
    endpoints: ['https://x:1', 'https://y:2'],
    prefix: '/other',
    caFile: '/etc/vlog/ca.pem',
    username: 'dr',
    passwordFile: '/etc/vlog/pw',
  });
  expect(read('{kind: file, dir: d}', { metaStore: 'etcd+http://x:1' })).toEqual({
    kind: 'etcd',
    endpoints: ['http://x:1'],
    prefix: `/vlog-dr/${ID}`,
  });
  expect(problems('{kind: file, dir: d}', { metaStore: 'etcd+http://u@x:1' })).toEqual([
    '--metastore: etcd+http://host:port,host:port/prefix',
  ]);
});
