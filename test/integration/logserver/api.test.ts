import { execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FRAME_BYTES_LIMIT, FRAME_TYPE } from '../../../src/codec/logserverFrame.ts';
import { isPortError } from '../../../src/core/errors.ts';
import { serverId } from '../../../src/core/ids.ts';
import { HttpLogServer } from '../../../src/drivers/logserver-http/httpLogServer.ts';
import { openApiDocument } from '../../../src/logserver/http/openapi.ts';
import {
  closeRecord,
  describeLoglet,
  entries,
  GENERATION,
  openLoglet,
  payloads,
  random,
  value,
} from '../../contract/logServerWorld.ts';
import { HttpCluster } from '../../support/logserver/httpCluster.ts';
import { needs } from '../../support/programs.ts';

let cluster: HttpCluster;
let server: HttpLogServer;
let url: string;
beforeAll(async () => {
  cluster = await HttpCluster.create();
  server = await cluster.startAdmitted('s1');
  url = cluster.running.get(serverId('s1'))?.url ?? '';
});
afterAll(() => cluster.close());

async function post(path: string, body: string | Uint8Array, type = 'application/json') {
  const reply = await request(`${url}${path}`, { method: 'POST', body, headers: { 'content-type': type } });
  return { status: reply.statusCode, text: await reply.body.text() };
}

const JSON_PATHS = [
  'adopt',
  'admit',
  'pledge',
  'retire',
  'provision',
  'activate',
  'seal',
  'close',
  'trim',
  'drop',
  'states',
];
const FRAME_PATHS = ['store', 'repair?generation=1&recoveryId=00000000000000000000000000', 'append'];

test('a body that makes no sense is answered 400 with a code, and the server goes on', async () => {
  const before = await server.status();
  const bodies = fc.oneof(fc.json(), fc.string(), fc.constant(''), fc.constant('{"generation":{}}'));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...JSON_PATHS), bodies, async (path, body) => {
      const { status, text } = await post(`/v1/${path}`, body);
      expect([status, JSON.parse(text).error.code]).toEqual([400, expect.any(String)]);
    }),
    { numRuns: 150 },
  );
  const bytes = fc.uint8Array({ maxLength: 300 });
  const id = random.ulid();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...FRAME_PATHS), bytes, async (path, body) => {
      const { status, text } = await post(`/v1/loglets/${id}/${path}`, body, FRAME_TYPE);
      expect([status, JSON.parse(text).error.code]).toEqual([400, expect.any(String)]);
    }),
    { numRuns: 100 },
  );
  expect(await server.status()).toEqual(before);
});

test('nonsense in a path or a query is 400, an unknown call is 404, a wrong type is 415', async () => {
  const get = async (path: string) => {
    const reply = await request(`${url}${path}`);
    await reply.body.dump();
    return reply.statusCode;
  };
  const id = random.ulid();
  for (const query of [
    '',
    '?from=0',
    '?from=-1&to=1',
    '?from=0&to=9223372036854775808',
    '?from=0&to=1&maxBytes=x',
  ])
    expect(await get(`/v1/loglets/${id}/entries${query}`)).toBe(400);
  expect(await get('/v1/loglets/nonsense/entries?from=0&to=1')).toBe(400);
  expect(await get('/v1/inventory?logId=%2F')).toBe(400);
  expect(await get('/v1/nothing')).toBe(404);
  expect((await post('/v1/seal', 'x', 'text/plain')).status).toBe(415);
});

test('bodies and headers beyond their limits are refused', async () => {
  const longest = 2 * 1024 * 1024;
  expect((await post('/v1/seal', JSON.stringify({ pad: 'x'.repeat(longest) }))).status).toBe(413);
  const frame = new Uint8Array(FRAME_BYTES_LIMIT + 1);
  // The server may close the connection before it has read everything: that is a refusal too.
  const large = await post(`/v1/loglets/${random.ulid()}/store`, frame, FRAME_TYPE).catch(() => undefined);
  expect(large === undefined || large.status === 413).toBe(true);
  const headers = { 'x-pad': 'x'.repeat(32 * 1024) };
  const reply = await request(`${url}/v1/status`, { headers });
  expect(reply.statusCode).toBe(431);
  await reply.body.dump();
  expect((await server.status()).serverId).toBe('s1');
});

test('what lies at or above a final end is listed as quarantine', async () => {
  const { logletId, logId } = await openLoglet([server]);
  value(await server.store({ logletId, entries: entries(0n, 5n), knownCommitted: 0n }));
  value(await server.close(GENERATION, logletId, closeRecord(3n, await describeLoglet([server]))));
  const reply = await request(`${url}/v1/quarantine?logId=${logId}`);
  expect(JSON.parse(await reply.body.text())).toEqual({ logletId, from: '3', to: '5' });
});

test('metrics count what was committed and answered', async () => {
  const { logletId } = await openLoglet([server]);
  expect((await server.append(logletId, payloads('x'))).outcome).toBe('acknowledged');
  const reply = await request(`${url}/metrics`);
  const text = await reply.body.text();
  expect(text).toMatch(/vlog_dr_logserver_commits_total [1-9]/);
  expect(text).toMatch(
    /vlog_dr_logserver_requests_total\{route="\/v1\/loglets\/:logletId\/append",status="200"\} [1-9]/,
  );
  expect(text).toMatch(/vlog_dr_logserver_sequencers [1-9]/);
  const health = await request(`${url}/v1/health`);
  expect(await health.body.json()).toEqual({ health: 'ok' });
});

test('the API document that is served is the one in docs', async () => {
  const reply = await request(`${url}/openapi.json`);
  const served = await reply.body.json();
  expect(served).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  const kept = await readFile(new URL('../../../docs/openapi.json', import.meta.url), 'utf8');
  expect(JSON.parse(kept), 'save what a server answers at /openapi.json as docs/openapi.json').toEqual(
    served,
  );
});

const openssl = needs('openssl');

test.skipIf(!openssl)('over TLS every call needs a token of its role', async () => {
  const dir = join(cluster.dir, 'tls');
  await mkdir(dir);
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '1'];
  execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' });
  const tls = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
  const token = (role: string) => `${role}-0123456789abcdef`;
  const tokens = ['read', 'append', 'operate'].map((role) => `${role} ${token(role)}`).join('\n');
  await cluster.start('s2', { tls, tokens });
  const secured = cluster.running.get(serverId('s2'))?.url ?? '';
  const as = (bearer?: string) =>
    new HttpLogServer({
      serverId: serverId('s2'),
      url: secured,
      ca: tls.cert,
      ...(bearer !== undefined && { token: bearer }),
    });
  const denied = expect.toSatisfy((error: unknown) => isPortError(error, 'denied'));
  await expect(as().status()).rejects.toEqual(denied);
  await expect(as('a-wrong-token-of-some-length').status()).rejects.toEqual(denied);
  const { storeId } = await as(token('read')).status();
  await expect(as(token('read')).adopt(GENERATION)).rejects.toEqual(denied);
  await expect(as(token('append')).admit(GENERATION, storeId)).rejects.toEqual(denied);
  value(await as(token('operate')).admit(GENERATION, storeId));
  const { logletId } = await openLoglet([as(token('operate'))]);
  await expect(as(token('read')).append(logletId, payloads('x'))).rejects.toEqual(denied);
  const stored = { logletId, entries: entries(0n, 1n), knownCommitted: 0n };
  await expect(as(token('append')).store(stored)).rejects.toEqual(denied);
  expect((await as(token('append')).append(logletId, payloads('x'))).outcome).toBe('acknowledged');
  const open = new Agent({ connect: { ca: tls.cert } });
  const health = await request(`${secured}/v1/health`, { dispatcher: open });
  expect(health.statusCode).toBe(200);
  await health.body.dump();
  await open.close();
});
