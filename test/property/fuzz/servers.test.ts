import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toJson } from '../../../src/codec/common.ts';
import { JSON_CALLS } from '../../../src/codec/logserver.ts';
import { encodeFrame, FRAME_TYPE } from '../../../src/codec/logserverFrame.ts';
import type { Descriptor } from '../../../src/core/descriptor.ts';
import { systemClock } from '../../../src/drivers/local/clock.ts';
import { openFileMetaStore } from '../../../src/drivers/metastore-file/fileMetaStore.ts';
import { type MetaStoreServer, startMetaStoreServer } from '../../../src/metastore-server/server.ts';
import {
  closeRecord,
  describeLoglet,
  entries,
  GENERATION,
  openLoglet,
  value,
} from '../../contract/logServerWorld.ts';
import { LOG, TestCluster } from '../../support/cluster.ts';
import { HttpCluster } from '../../support/logserver/httpCluster.ts';
import { damagedBytes, damagedJson, shown } from './damage.ts';

/** Requests to the real servers, over their sockets. */
const RUNS = { numRuns: 120 };
/** Every answer of every server, whatever it was asked. */
const ANSWERS = [200, 400, 404, 409, 413, 414, 415, 431];

let cluster: HttpCluster;
let descriptor: Descriptor;
let metaStore: MetaStoreServer;
let close: () => Promise<void>;
let bodies: Record<keyof typeof JSON_CALLS, object>;
let exchange: object;

beforeAll(async () => {
  cluster = await HttpCluster.create();
  const server = await cluster.startAdmitted('s1');
  descriptor = await openLoglet([server]);
  const { logletId, logId } = descriptor;
  const other = await describeLoglet([server]);
  value(await server.store({ logletId, entries: entries(0n, 3n), knownCommitted: 3n }));
  const generation = GENERATION;
  const { storeId } = await server.status();
  bodies = {
    adopt: { generation },
    admit: { generation, storeId },
    pledge: { generation },
    // Damaged it must not pass: then the server would be of no use any more.
    retire: { generation, storeId: '00000000-0000-4000-8000-00000000dead' },
    provision: { generation, descriptor: other },
    activate: { generation, logletId, chainVersion: 1 },
    seal: { generation, logletIds: [logletId] },
    close: { generation, logletId, close: closeRecord(3n, other) },
    trim: { generation, logId, trimPoint: 0n },
    drop: { generation, logletId: other.logletId },
    states: { logletIds: [logletId] },
  };
  const dir = await mkdtemp(join(tmpdir(), 'vlog-dr-fuzz-'));
  const store = await openFileMetaStore({ dir });
  metaStore = await startMetaStoreServer({ store, clock: systemClock, host: '127.0.0.1', port: 0 });
  exchange = { expected: null, chain: await (await TestCluster.start()).metaStore.get(LOG) };
  close = async () => {
    await metaStore.stop();
    await store.close();
    await cluster.close();
    await rm(dir, { recursive: true, force: true });
  };
});
afterAll(() => close());

const logServer = () => [...cluster.running.values()][0]?.url ?? '';

/** A request that must be answered, and in words of ours. */
async function ask(url: string, init: RequestInit): Promise<number> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
  const text = await answer.text();
  expect(ANSWERS, `${answer.status} ${text}`).toContain(answer.status);
  if (answer.status >= 400 && answer.status !== 409)
    expect(JSON.parse(text)).toMatchObject({ error: { message: expect.stringMatching(/./) } });
  return answer.status;
}

/** The server is as it was: it answers, nothing unexpected happened in it, and it has its entries. */
async function isUnharmed(): Promise<void> {
  expect(cluster.failures).toEqual([]);
  const { logletId } = descriptor;
  const [client] = cluster.clients.values();
  const read = await client?.read({ logletId, from: 0n, to: 3n, uncommitted: true });
  expect(read).toMatchObject({ ok: true, value: { entries: entries(0n, 3n).map(({ crc }) => ({ crc })) } });
  expect((await fetch(`${metaStore.url}/v1/health`)).status).toBe(200);
}

const TYPES = ['application/json', FRAME_TYPE, 'text/plain', 'application/x-www-form-urlencoded', 'x', ''];

describe('a LogServer', () => {
  test.each(Object.keys(JSON_CALLS) as (keyof typeof JSON_CALLS)[])(
    '%s with a damaged body',
    async (call) => {
      const url = `${logServer()}/v1/${call}`;
      await fc.assert(
        fc.asyncProperty(
          damagedJson(toJson(bodies[call])).map(shown),
          fc.constantFrom('application/json', ...TYPES),
          async ({ bytes }, type) => {
            const headers = { 'content-type': type };
            await ask(url, { method: 'POST', headers, body: new Uint8Array(bytes) });
          },
        ),
        RUNS,
      );
      if (call !== 'drop' && call !== 'trim') await isUnharmed();
    },
  );

  test.each(['store', 'repair', 'append'])('%s with a damaged frame stores nothing', async (call) => {
    const sound = encodeFrame({ mark: 3n, entries: entries(3n, 5n) });
    const query = call === 'repair' ? `?generation=1&recoveryId=${GENERATION.recoveryId}` : '';
    const url = `${logServer()}/v1/loglets/${descriptor.logletId}/${call}${query}`;
    await fc.assert(
      fc.asyncProperty(damagedBytes(sound).map(shown), async ({ bytes }) => {
        const headers = { 'content-type': FRAME_TYPE };
        expect(await ask(url, { method: 'POST', headers, body: new Uint8Array(bytes) })).toBeGreaterThan(399);
      }),
      RUNS,
    );
    await isUnharmed();
  });

  test('any path and any query', async () => {
    const part = fc.oneof(
      fc.constantFrom(
        'v1',
        'loglets',
        descriptor.logletId,
        'entries',
        'inventory',
        '..',
        '%00',
        '%',
        'x'.repeat(300),
      ),
      fc.string().map(encodeURIComponent),
    );
    const query = fc.dictionary(
      fc.constantFrom('from', 'to', 'maxBytes', 'uncommitted', 'logId', '__proto__', 'generation'),
      fc.oneof(fc.string(), fc.constantFrom('0', '-1', '1e9', '9223372036854775808', 'true', '3')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), query, async (parts, given) => {
        await ask(`${logServer()}/${parts.join('/')}?${new URLSearchParams(given)}`, {});
      }),
      RUNS,
    );
    const entry = `${logServer()}/v1/loglets/${descriptor.logletId}/entries`;
    await fc.assert(
      fc.asyncProperty(query, async (given) => {
        await ask(`${entry}?${new URLSearchParams({ from: '0', to: '3', ...given })}`, {});
      }),
      RUNS,
    );
    await isUnharmed();
  });
});

describe('a MetaStore server', () => {
  test('compare-and-set with a damaged body stores nothing but what is a chain', async () => {
    const url = `${metaStore.url}/v1/logs/1/compare-and-set`;
    await fc.assert(
      fc.asyncProperty(
        damagedJson(toJson(exchange)).map(shown),
        fc.constantFrom(...TYPES),
        async ({ bytes }, type) => {
          await ask(url, { method: 'POST', headers: { 'content-type': type }, body: new Uint8Array(bytes) });
          const { chain } = (await (await fetch(`${metaStore.url}/v1/logs/1`)).json()) as { chain: unknown };
          if (chain !== null) expect(chain).toMatchObject({ logId: '1' });
        },
      ),
      RUNS,
    );
    await isUnharmed();
  });

  test('any log, any identity to watch from', async () => {
    const identity = damagedJson(toJson({ generation: GENERATION, version: 1, digest: '0'.repeat(64) }));
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), identity.map(shown), async (log, { bytes }) => {
        const name = encodeURIComponent(log);
        await ask(`${metaStore.url}/v1/logs/${name}/history`, {});
        const after = encodeURIComponent(bytes.toString().slice(0, 3_000));
        const answer = await fetch(`${metaStore.url}/v1/logs/${name}/watch?after=${after}`, {
          signal: AbortSignal.timeout(30_000),
        });
        expect(ANSWERS).toContain(answer.status);
        await answer.body?.cancel();
      }),
      RUNS,
    );
    await isUnharmed();
  });
});

describe('what is no HTTP at all, or ends too early', () => {
  const REQUEST = (length: number, type = 'application/json') =>
    `POST /v1/states HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;
  const wire = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
    damagedBytes(Buffer.from(`${REQUEST(20)}{"logletIds":["0"]}`)),
    fc
      .constantFrom(
        `${REQUEST(2 ** 53)}{`,
        `${REQUEST(-1)}{}`,
        `${REQUEST(10)}{}`,
        'GET /v1/inventory HTTP/1.1\r\n',
        `GET / HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(5_000)}\r\n`,
        'POST /v1/states HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n',
        'POST /v1/states HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n',
        `POST /v1/loglets/x/append HTTP/1.1\r\nHost: x\r\nContent-Type: ${FRAME_TYPE}\r\nExpect: 100-continue\r\nContent-Length: 9999999999\r\n\r\nVLF1`,
      )
      .map((text) => Buffer.from(text)),
  );

  test.each(['LogServer', 'MetaStore'])('harms no %s', async (which) => {
    const { hostname, port } = new URL(which === 'LogServer' ? logServer() : metaStore.url);
    await fc.assert(
      fc.asyncProperty(wire.map(shown), async ({ bytes }) => {
        const socket = connect(Number(port), hostname);
        const closed = once(socket, 'close').catch(() => undefined);
        socket.on('error', () => undefined);
        socket.resume();
        await new Promise<void>((written) => socket.write(bytes, () => written()));
        socket.end();
        await Promise.race([closed, once(AbortSignal.timeout(200), 'abort')]);
        socket.destroy();
      }),
      { numRuns: 150 },
    );
    await isUnharmed();
  });
});
