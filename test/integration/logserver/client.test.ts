import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { toJson } from '../../../src/codec/common.ts';
import { encodeFrame } from '../../../src/codec/logserverFrame.ts';
import { isPortError, type PortFailure } from '../../../src/core/errors.ts';
import { logletId, serverId, storeId } from '../../../src/core/ids.ts';
import { HttpLogServer } from '../../../src/drivers/logserver-http/httpLogServer.ts';
import { all, CLUSTER, entries, GENERATION, random } from '../../contract/logServerWorld.ts';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

/** A client of something that speaks to sockets as it likes, but is no LogServer. */
async function clientOf(speak: (socket: Socket) => void, options = {}): Promise<HttpLogServer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => speak(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return connect(`http://127.0.0.1:${port}`, { close, ...options });
}

function connect(
  url: string,
  { close = async () => {}, waitOnce = false }: { close?: () => Promise<void>; waitOnce?: boolean } = {},
): HttpLogServer {
  const client = new HttpLogServer({
    serverId: serverId('s1'),
    url,
    requestTimeoutMs: 300,
    appendTimeoutMs: 300,
    waitOnce,
  });
  opened.push(async () => {
    await client.disconnect();
    await close();
  });
  return client;
}

const answer =
  (body: string | Buffer, status = '200 OK') =>
  (socket: Socket) => {
    const size = Buffer.byteLength(body);
    socket.write(`HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${size}\r\n\r\n`);
    socket.write(body);
  };

const failing = (...failures: PortFailure[]) =>
  expect.toSatisfy((error: unknown) => isPortError(error, ...failures));

const ID = logletId(random.ulid());
const READ = { logletId: ID, from: 0n, to: 2n };
const STORE = { logletId: ID, entries: entries(0n, 1n), knownCommitted: 0n };

test('a server that is not there did certainly nothing', async () => {
  const client = connect('http://127.0.0.1:1');
  await expect(client.status()).rejects.toEqual(failing('unavailable'));
  await expect(client.seal(GENERATION, [ID])).rejects.toEqual(failing('unavailable'));
  await expect(client.append(ID, [new Uint8Array(1)])).rejects.toEqual(failing('unavailable'));
});

test('a connection that breaks after a change was sent leaves its outcome unknown', async () => {
  const client = await clientOf((socket) => socket.destroy());
  await expect(client.seal(GENERATION, [ID])).rejects.toEqual(failing('outcomeUnknown'));
  await expect(client.store(STORE)).rejects.toEqual(failing('outcomeUnknown'));
  await expect(client.append(ID, [new Uint8Array(1)])).rejects.toEqual(failing('outcomeUnknown'));
  await expect(client.status()).rejects.toEqual(failing('unavailable'));
  await expect(client.read(READ)).rejects.toEqual(failing('unavailable'));
});

test('a server that does not answer in time: a read failed, the outcome of a change is unknown', async () => {
  const client = await clientOf(() => undefined);
  await expect(client.status()).rejects.toEqual(failing('unavailable'));
  await expect(client.adopt(GENERATION)).rejects.toEqual(failing('outcomeUnknown'));
  await expect(client.append(ID, [new Uint8Array(1)])).rejects.toEqual(failing('outcomeUnknown'));
});

test('a silent server is waited for once, and asked again as soon as it answers', async () => {
  let asked = 0;
  const held: Socket[] = [];
  const client = await clientOf(
    (socket) => {
      asked += 1;
      held.push(socket);
    },
    { waitOnce: true },
  );
  await expect(client.adopt(GENERATION)).rejects.toEqual(failing('outcomeUnknown'));
  expect(asked).toBe(1);
  // The second call is not sent, so it certainly did nothing; a probe goes out in its place.
  await expect(client.adopt(GENERATION)).rejects.toEqual(failing('unavailable'));
  await vi.waitFor(() => expect(asked).toBe(2));
  answer('{}')(held[1] as Socket);
  await vi.waitFor(async () => {
    await client.adopt(GENERATION).catch(() => undefined);
    expect(asked).toBeGreaterThan(2);
  });
});

test('what is no LogServer is not taken for one', async () => {
  const client = await clientOf(answer('<html>hello</html>'));
  await expect(client.status()).rejects.toEqual(failing('corrupt'));
  await expect(client.read(READ)).rejects.toEqual(failing('corrupt'));
  await expect(client.seal(GENERATION, [ID])).rejects.toEqual(failing('outcomeUnknown'));
  const forbidding = await clientOf(answer('{}', '403 Forbidden'));
  await expect(forbidding.seal(GENERATION, [ID])).rejects.toEqual(failing('denied'));
});

test('entries that were damaged on the way, or are others than asked for, are not used', async () => {
  const sound = encodeFrame({ mark: 2n, entries: entries(0n, 2n) });
  expect((await (await clientOf(answer(sound))).read(READ)).ok).toBe(true);
  const damaged = Buffer.from(sound);
  damaged[damaged.length - 1] = (damaged[damaged.length - 1] ?? 0) ^ 1;
  await expect((await clientOf(answer(damaged))).read(READ)).rejects.toEqual(failing('corrupt'));
  const others = encodeFrame({ mark: 9n, entries: entries(5n, 7n) });
  await expect((await clientOf(answer(others))).read(READ)).rejects.toEqual(failing('corrupt'));
});

test('an inventory without its end, or with another count, is not whole', async () => {
  const status = {
    ...{ serverId: 's1', storeId: storeId(random.uuid()), clusterId: CLUSTER, location: 'a' },
    ...{ retired: false, pledged: 0, incarnation: random.uuid(), software: 'x' },
  };
  const lines = (...items: object[]) => items.map((item) => `${toJson(item)}\n`).join('');
  const server = { item: 'server', status };
  const whole = await clientOf(answer(lines(server, { item: 'end', loglets: 0 })));
  expect(await all(whole.inventory())).toHaveLength(2);
  const bad = [
    lines(server),
    lines(server, { item: 'end', loglets: 1 }),
    lines({ item: 'end', loglets: 0 }),
    `${lines(server)}{"item":"en`,
    '',
  ];
  for (const body of bad) {
    const client = await clientOf(answer(body));
    await expect(all(client.inventory())).rejects.toEqual(failing('corrupt'));
  }
});
