import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toJson } from '../../../src/codec/common.ts';
import { encodeFrame, FRAME_TYPE } from '../../../src/codec/logserverFrame.ts';
import { encodeRegister } from '../../../src/codec/metastore.ts';
import type { Chain } from '../../../src/core/chain.ts';

import { logletId, serverId } from '../../../src/core/ids.ts';
import { HttpLogServer } from '../../../src/drivers/logserver-http/httpLogServer.ts';
import { EtcdMetaStore } from '../../../src/drivers/metastore-etcd/etcdMetaStore.ts';
import { HttpMetaStore } from '../../../src/drivers/metastore-http/httpMetaStore.ts';
import { entries, GENERATION } from '../../contract/logServerWorld.ts';
import { CLUSTER_ID, LOG, payloads, TestCluster } from '../../support/cluster.ts';
import { damagedBytes, damagedJson, damagedLines, shown } from './damage.ts';
import { isRefusal } from './documents.ts';

const RUNS = { numRuns: 100 };
const LOGLET = logletId('01JD0000000000000000000001');

let server: Server;
let url: string;
/** What the server that lies answers to everything. */
let answer: { readonly status: number; readonly type: string; readonly bytes: Buffer };
let inventory: string;
let chain: Chain;

beforeAll(async () => {
  server = createServer((request, reply) => {
    request.resume();
    reply.writeHead(answer.status, { 'content-type': answer.type }).end(answer.bytes);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cluster = await TestCluster.start();
  await cluster.client().append(payloads('a'));
  const lines: string[] = [];
  for await (const item of cluster.server('s1').inventory()) lines.push(`${toJson(item)}\n`);
  inventory = lines.join('');
  const held = await cluster.metaStore.get(LOG);
  if (held === undefined) throw new Error('no chain');
  chain = held;
});
afterAll(() => new Promise((closed) => server.close(closed)));

/** What a call came to: its value, or a failure of the kinds that a port has. */
async function outcome<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return undefined;
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Every answer that is damaged, with any status. */
function lies(damaged: fc.Arbitrary<Buffer>, type: string) {
  return fc.record({
    status: fc.constantFrom(200, 200, 200, 409, 400, 403, 404, 500, 503),
    type: fc.constantFrom(type, 'text/html', 'application/json'),
    bytes: damaged.map(shown),
  });
}

async function lyingAbout(
  damaged: fc.Arbitrary<Buffer>,
  type: string,
  calls: () => Promise<void>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(lies(damaged, type), async ({ bytes: { bytes }, ...rest }) => {
      answer = { ...rest, bytes };
      await calls();
    }),
    RUNS,
  );
}

describe('the client of a LogServer', () => {
  const client = () => new HttpLogServer({ serverId: serverId('s1'), url, requestTimeoutMs: 10_000 });

  test('takes no damaged frame for entries', async () => {
    const one = client();
    const sound = entries(0n, 3n);
    const frame = encodeFrame({ mark: 3n, entries: sound });
    await lyingAbout(damagedBytes(frame), FRAME_TYPE, async () => {
      const read = await outcome(() => one.read({ logletId: LOGLET, from: 0n, to: 3n }));
      expect(read?.ok === true ? read.value.entries : []).toEqual([]);
    });
    await one.disconnect();
  });

  test('takes no damaged inventory for a whole one that says something else', async () => {
    const one = client();
    await lyingAbout(damagedLines(inventory), 'application/x-ndjson', async () => {
      await outcome(() => all(one.inventory()));
    });
    await one.disconnect();
  });

  test.each([
    '{"outcome":"acknowledged","from":"3"}',
    '{"localTail":"3"}',
    '{"loglets":[]}',
    '{"refusal":{"code":"retired"}}',
  ])('answers to a damaged %s with a failure of its port', async (sound) => {
    const one = client();
    await lyingAbout(damagedJson(sound), 'application/json', async () => {
      await outcome(() => one.append(LOGLET, payloads('x')));
      await outcome(() => one.store({ logletId: LOGLET, entries: entries(0n, 1n), knownCommitted: 0n }));
      await outcome(() => one.seal(GENERATION, [LOGLET]));
      await outcome(() => one.status());
    });
    await one.disconnect();
  });
});

describe('the client of a MetaStore server', () => {
  test.each([
    { what: 'a register', sound: () => toJson({ chain }) },
    { what: 'an outcome', sound: () => toJson({ outcome: 'conflict', current: chain }) },
    {
      what: 'a stream',
      sound: () => `${toJson({ chain })}\n${toJson({ alive: true })}\n${toJson({ end: true })}\n`,
    },
  ])('answers to $what that is damaged with a failure of its port', async ({ what, sound }) => {
    const one = new HttpMetaStore({ url, requestTimeoutMs: 10_000 });
    const damaged = what === 'a stream' ? damagedLines(sound()) : damagedJson(sound());
    await lyingAbout(damaged, 'application/json', async () => {
      await outcome(() => one.get(LOG));
      await outcome(() => one.list());
      await outcome(() => one.compareAndSet(LOG, undefined, chain));
      await outcome(() => all(one.history(LOG)));
      await outcome(() => all(one.watch(LOG, undefined, AbortSignal.timeout(10_000))));
      await one.health();
    });
    await one.close();
  });
});

describe('the client of etcd', () => {
  const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
  const kv = (key: string, value: string | Buffer) => ({
    ...{ key: base64(key), value: base64(value), mod_revision: '7', version: '1' },
  });

  test('takes no damaged value for a register', async () => {
    const one = new EtcdMetaStore({ endpoints: [url], prefix: '/p', requestTimeoutMs: 2_000 });
    const register = Buffer.from(encodeRegister(LOG, chain));
    await fc.assert(
      fc.asyncProperty(damagedJson(register.toString()).map(shown), async ({ bytes }) => {
        const reply = { header: { revision: '9' }, kvs: [kv('/p/logs/1', bytes)] };
        answer = { status: 200, type: 'application/json', bytes: Buffer.from(JSON.stringify(reply)) };
        const got = await outcome(() => one.get(LOG));
        if (got !== undefined) expect(got).toEqual(chain);
      }),
      RUNS,
    );
    await one.close();
  });

  test('answers to a damaged reply, and to strange keys, with a failure of its port', async () => {
    const one = new EtcdMetaStore({
      endpoints: [url],
      prefix: '/p',
      requestTimeoutMs: 2_000,
      clusterId: CLUSTER_ID,
    });
    const reply = {
      header: { revision: '9' },
      kvs: [kv('/p/logs/1', 'x')],
      succeeded: true,
      responses: [{ response_range: { header: { revision: '9' }, kvs: [] } }],
    };
    await lyingAbout(damagedJson(JSON.stringify(reply)), 'application/json', async () => {
      await outcome(() => one.get(LOG));
      await outcome(() => one.list());
      await outcome(() => one.proveWritable(LOG));
      await one.health();
    });
    await one.close();
  }, 300_000);
});
