import { expect, test } from 'vitest';
import type { Durability } from '../../../src/core/durability.ts';
import { type ServerId, serverId } from '../../../src/core/ids.ts';
import { MemoryLogServer } from '../../../src/drivers/memory/logServer.ts';
import { StoreFullError } from '../../../src/logserver/store.ts';
import {
  CLUSTER,
  GENERATION,
  only,
  openLoglet,
  payloads,
  random,
  texts,
  value,
} from '../../contract/logServerWorld.ts';
import { VirtualClock } from '../../support/virtualClock.ts';

/** Three servers in virtual time; the first one's process is the sequencer. */
async function start(durability: Durability, changes: { readonly queueBytes?: number } = {}) {
  const servers = new Map<ServerId, MemoryLogServer>();
  const clock = new VirtualClock();
  for (const name of ['s1', 's2', 's3']) {
    const server = new MemoryLogServer({
      serverId: serverId(name),
      clusterId: CLUSTER,
      location: `region/${name}`,
      generation: GENERATION,
      connect: (id) => servers.get(id),
      clock,
      random,
      appendTimeoutMs: 1_000,
      ...changes,
    });
    servers.set(server.serverId, server);
  }
  const [s1, s2, s3] = [...servers.values()];
  if (!s1 || !s2 || !s3) throw new Error('three servers');
  const descriptor = await openLoglet([s1, s2, s3], { durability });
  const stateOn = async (server: MemoryLogServer) => value(only(await server.states([descriptor.logletId])));
  return { s1, s2, s3, id: descriptor.logletId, clock, stateOn };
}

test('a commit quorum is enough: a dead server holds up nobody', async () => {
  const { s1, s3, id } = await start({ kind: 'majority' });
  s3.kill();
  expect(await s1.append(id, payloads('a', 'b'))).toEqual({ outcome: 'acknowledged', from: 0n });
  expect(await s1.append(id, payloads('c'))).toEqual({ outcome: 'acknowledged', from: 2n });
});

test('a server that comes back is given what it missed, also what the sequencer forgot', async () => {
  const { s1, s3, id, clock, stateOn } = await start({ kind: 'majority' }, { queueBytes: 2_000 });
  s3.kill();
  const sent = Array.from({ length: 50 }, (_, at) => `${at} ${'x'.repeat(200)}`);
  for (const text of sent) expect((await s1.append(id, payloads(text))).outcome).toBe('acknowledged');
  s3.restart();
  while ((await stateOn(s3)).knownCommitted < 50n) await clock.sleep(10);
  const read = value(await s3.read({ logletId: id, from: 0n, to: 50n }));
  expect(texts(read.entries)).toEqual(sent);
});

test('without a commit quorum the outcome is unknown after the time-out, and the sequencer is over', async () => {
  const { s1, s2, id } = await start({ kind: 'all' });
  expect((await s1.append(id, payloads('a'))).outcome).toBe('acknowledged');
  s2.kill();
  const waiting = await Promise.all([s1.append(id, payloads('b')), s1.append(id, payloads('c', 'd'))]);
  expect(waiting).toMatchObject([
    { outcome: 'unknown', from: 1n },
    { outcome: 'unknown', from: 2n },
  ]);
  s2.restart();
  expect(await s1.append(id, payloads('e'))).toMatchObject({
    outcome: 'rejected',
    refusal: { code: 'sequencerGone' },
  });
});

test('a sequencer dies with its process, also when it had assigned nothing', async () => {
  const { s1, id } = await start({ kind: 'all' });
  s1.restart();
  expect(await s1.append(id, payloads('a'))).toMatchObject({ refusal: { code: 'sequencerGone' } });
});

test('an ended sequencer is never started again in the same process, though nothing was stored', async () => {
  const { s1, s2, s3, id, stateOn } = await start({ kind: 'all' });
  for (const server of [s1, s2, s3])
    server.disk.beforeCommit = async () => {
      throw new StoreFullError('no room');
    };
  expect(await s1.append(id, payloads('a'))).toMatchObject({ outcome: 'unknown', from: 0n });
  for (const server of [s1, s2, s3]) server.disk.beforeCommit = async () => {};
  for (const again of ['b', 'c'])
    expect(await s1.append(id, payloads(again))).toMatchObject({ refusal: { code: 'sequencerGone' } });
  expect(await stateOn(s1)).toMatchObject({ localTail: 0n, sealed: false });
});

test('a queue that is full refuses what comes, and takes more once stores have caught up', async () => {
  const { s1, s2, id, clock } = await start({ kind: 'all' }, { queueBytes: 1_000 });
  let letThrough = () => {};
  const held = new Promise<void>((resolve) => {
    letThrough = resolve;
  });
  s2.disk.beforeCommit = () => held;
  const first = s1.append(id, [new Uint8Array(2_000)]);
  expect(await s1.append(id, payloads('b'))).toMatchObject({
    outcome: 'rejected',
    refusal: { code: 'full' },
  });
  letThrough();
  expect(await first).toEqual({ outcome: 'acknowledged', from: 0n });
  await clock.sleep(50);
  expect(await s1.append(id, payloads('b'))).toEqual({ outcome: 'acknowledged', from: 1n });
});

test('a store that was sealed while it lagged ends the sequencer, and takes nothing', async () => {
  const { s1, s3, id, clock, stateOn } = await start({ kind: 'majority' });
  await s3.seal(GENERATION, [id]);
  const outcome = await s1.append(id, payloads('a'));
  await clock.sleep(100);
  expect(outcome.outcome === 'acknowledged' || outcome.outcome === 'unknown').toBe(true);
  expect(await s1.append(id, payloads('b'))).toMatchObject({ outcome: 'rejected' });
  expect((await stateOn(s3)).localTail).toBe(0n);
});

test('a batch that was not on the disk when the process died never is, and was not answered', async () => {
  const { s1, s2, id, stateOn } = await start({ kind: 'all' });
  s2.disk.beforeCommit = async () => s2.kill();
  expect(await s1.append(id, payloads('a'))).toMatchObject({ outcome: 'unknown' });
  s2.disk.beforeCommit = async () => {};
  s2.restart();
  expect((await stateOn(s2)).localTail).toBe(0n);
});

test('a batch that reached the disk before the process died is there, though nobody was told', async () => {
  const { s1, s2, id, stateOn } = await start({ kind: 'all' });
  s2.disk.afterCommit = async () => s2.kill();
  expect(await s1.append(id, payloads('a'))).toMatchObject({ outcome: 'unknown' });
  s2.disk.afterCommit = async () => {};
  s2.restart();
  expect((await stateOn(s2)).localTail).toBe(1n);
});

test('a damaged entry is refused, listed, left out of reads and healed by repair', async () => {
  const { s1, s2, id, clock, stateOn } = await start({ kind: 'all' });
  await s1.append(id, payloads('a', 'b', 'c'));
  await clock.sleep(50);
  s2.disk.damage(id, 1n);
  const before = value(await s2.read({ logletId: id, from: 0n, to: 3n }));
  expect(texts(before.entries)).toEqual(['a']);
  const refused = { ok: false, refusal: { code: 'corrupt', position: 1n } };
  expect(await s2.read({ logletId: id, from: 1n, to: 3n })).toEqual(refused);
  expect((await stateOn(s2)).corrupt).toEqual([1n]);
  await s2.seal(GENERATION, [id]);
  const sound = value(await s1.read({ logletId: id, from: 1n, to: 2n })).entries;
  expect(value(await s2.repair(GENERATION, id, sound))).not.toHaveProperty('corrupt');
  expect(texts(value(await s2.read({ logletId: id, from: 0n, to: 3n })).entries)).toEqual(['a', 'b', 'c']);
});
