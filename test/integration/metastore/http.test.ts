import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toJson } from '../../../src/codec/common.ts';
import { identityOf } from '../../../src/core/chain.ts';
import { clusterId, logId } from '../../../src/core/ids.ts';
import { MemoryMetaStore } from '../../../src/drivers/memory/metaStore.ts';
import { openFileMetaStore } from '../../../src/drivers/metastore-file/fileMetaStore.ts';
import { HttpMetaStore } from '../../../src/drivers/metastore-http/httpMetaStore.ts';
import { type MetaStoreServer, startMetaStoreServer } from '../../../src/metastore-server/server.ts';
import { metaStoreContract } from '../../contract/metaStore.ts';
import { aChain, extended } from '../../support/chains.ts';
import { realClock } from '../../support/realClock.ts';

const LOG = logId('1');
const local = { host: '127.0.0.1', port: 0, clock: realClock };

metaStoreContract('http', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'vlog-dr-metastore-'));
  const server = await startMetaStoreServer({ ...local, store: await openFileMetaStore({ dir }) });
  const clients: HttpMetaStore[] = [];
  const connect = () => {
    const client = new HttpMetaStore({ url: server.url });
    clients.push(client);
    return client;
  };
  return {
    store: connect(),
    another: async () => connect(),
    stop: async () => {
      for (const client of clients) await client.close();
      await server.stop();
      await rm(dir, { recursive: true });
    },
  };
});

describe('the MetaStore server', () => {
  const stops: (() => Promise<unknown>)[] = [];
  let store: MemoryMetaStore;
  beforeEach(() => {
    store = new MemoryMetaStore();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  const serve = async (tokens?: string): Promise<MetaStoreServer> => {
    const server = await startMetaStoreServer({
      ...local,
      store,
      ...(tokens === undefined ? {} : { tokens }),
    });
    stops.push(() => server.stop());
    return server;
  };
  const connect = (url: string, more: { token?: string; requestTimeoutMs?: number } = {}) => {
    const client = new HttpMetaStore({ url, ...more });
    stops.push(() => client.close());
    return client;
  };
  /** A server that reads every request and then does this. */
  const faulty = async (answer: Parameters<typeof createServer>[1]) => {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(async () => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  test('a server that is gone was certainly not asked', async () => {
    const server = await serve();
    const client = connect(server.url);
    await server.stop();
    stops.length = 0;
    await expect(client.get(LOG)).rejects.toMatchObject({ failure: 'unavailable' });
    const attempt = client.compareAndSet(LOG, undefined, aChain());
    await expect(attempt).rejects.toMatchObject({ failure: 'unavailable' });
    expect(await client.health()).toMatchObject({ health: 'lost', members: [{ state: 'unreachable' }] });
    await client.close();
  });

  test('a lost answer to a compare-and-set leaves its outcome unknown; to a read it does not matter', async () => {
    const resets = connect(await faulty((request) => request.socket.resetAndDestroy()));
    const silent = connect(await faulty(() => {}), { requestTimeoutMs: 100 });
    const foreign = connect(await faulty((_, response) => response.end('hello')));
    for (const client of [resets, silent, foreign]) {
      const attempt = client.compareAndSet(LOG, undefined, aChain());
      await expect(attempt).rejects.toMatchObject({ failure: 'outcomeUnknown' });
    }
    await expect(resets.get(LOG)).rejects.toMatchObject({ failure: 'unavailable' });
    await expect(silent.get(LOG)).rejects.toMatchObject({ failure: 'unavailable' });
    // Not `corrupt`: nothing says that the registers are damaged, and nobody shall rebuild them for that.
    await expect(foreign.get(LOG)).rejects.toMatchObject({ failure: 'unavailable', isTransient: false });
  });

  test('a history that was cut is never taken for a whole one', async () => {
    const line = `${toJson({ chain: aChain() })}\n`;
    const client = connect(await faulty((_, response) => response.end(line)));
    const read = async () => {
      for await (const _ of client.history(LOG));
    };
    await expect(read()).rejects.toMatchObject({ failure: 'unavailable' });
  });

  test('a watch ends with an error when the server stops, and not as if there were no more', async () => {
    const server = await serve();
    await store.compareAndSet(LOG, undefined, aChain());
    const seen: number[] = [];
    const watch = async () => {
      for await (const chain of connect(server.url).watch(LOG, undefined, new AbortController().signal)) {
        seen.push(chain.version);
        void server.stop();
      }
    };
    await expect(watch()).rejects.toMatchObject({ failure: 'unavailable' });
    expect(seen).toEqual([1]);
  });

  test('the wrong cluster is the wrong cluster, also over the wire', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'vlog-dr-metastore-'));
    stops.push(() => rm(dir, { recursive: true }));
    const server = await startMetaStoreServer({ ...local, store: await openFileMetaStore({ dir }) });
    stops.push(() => server.stop());
    const client = connect(server.url);
    await client.compareAndSet(LOG, undefined, aChain());
    const other = aChain({ clusterId: clusterId('99999999-9999-4999-8999-999999999999'), logId: logId('2') });
    const attempt = client.compareAndSet(other.logId, undefined, other);
    await expect(attempt).rejects.toMatchObject({ code: 'E_WRONG_CLUSTER' });
  });

  test.each([
    ['no body', undefined],
    ['not JSON', '{'],
    ['not a chain', '{"expected":null,"chain":{}}'],
    ['the chain of another log', toJson({ expected: null, chain: aChain({ logId: logId('2') }) })],
    ['a chain without segments', toJson({ expected: null, chain: aChain({ segments: [] }) })],
  ])('answers nonsense with 4xx and changes nothing: %s', async (_, body) => {
    const { url } = await serve();
    const response = await fetch(`${url}/v1/logs/1/compare-and-set`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } });
    expect(await store.list()).toEqual([]);
  });

  test('a token opens what its role may do, and nothing else', async () => {
    const { url } = await serve(
      'read the-token-of-a-reader\n# a comment\noperate the-token-of-an-operator\n',
    );
    const reader = connect(url, { token: 'the-token-of-a-reader' });
    const operator = connect(url, { token: 'the-token-of-an-operator' });
    await expect(connect(url).get(LOG)).rejects.toMatchObject({ failure: 'denied' });
    await expect(connect(url, { token: 'guessed' }).get(LOG)).rejects.toMatchObject({ failure: 'denied' });
    const attempt = reader.compareAndSet(LOG, undefined, aChain());
    await expect(attempt).rejects.toMatchObject({ failure: 'denied' });
    await operator.compareAndSet(LOG, undefined, aChain());
    await operator.compareAndSet(LOG, identityOf(aChain()), extended(aChain()));
    expect(await reader.get(LOG)).toMatchObject({ version: 2 });
  });

  test.each(['0.0.0.0', '::', '10.0.0.1', 'example.org'])(
    'does not listen on %s in the open',
    async (host) => {
      const attempt = startMetaStoreServer({ ...local, host, store });
      await expect(attempt).rejects.toMatchObject({ code: 'E_NEEDS_TLS' });
    },
  );
});
