import { expect, test } from 'vitest';
import { incarnation } from '../../src/core/ids.ts';
import type { Given } from './logServer.ts';
import {
  describeLoglet,
  entries,
  GENERATION,
  only,
  openLoglet,
  payloads,
  random,
  refusal,
  texts,
  value,
} from './logServerWorld.ts';

export function sequencerContract({ world, server }: Given): void {
  test('every append has a position of its own, and every store holds it there', async () => {
    const { logletId: id } = await openLoglet(world().servers, { start: 100n });
    const sent = Array.from({ length: 200 }, (_, at) => `append ${at}`);
    const at = new Map<bigint, string>();
    const send = async (text: string) => {
      const outcome = await server().append(id, payloads(text));
      if (outcome.outcome === 'acknowledged') at.set(outcome.from, text);
    };
    await Promise.all(sent.map(send));
    const inOrder = [...at].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(inOrder.map(([position]) => position)).toEqual(sent.map((_, place) => 100n + BigInt(place)));
    expect(value(await server().acknowledgedTail(id)).tail).toBe(300n);
    for (const one of world().servers) {
      const read = value(await one.read({ logletId: id, from: 100n, to: 300n, uncommitted: true }));
      expect(texts(read.entries)).toEqual(inOrder.map(([, text]) => text));
    }
  });

  test('the stores learn what was committed without another append', async () => {
    const { logletId: id } = await openLoglet(world().servers);
    expect(await server().append(id, payloads('one', 'two'))).toEqual({ outcome: 'acknowledged', from: 0n });
    for (const one of world().servers) {
      await expect
        .poll(async () => value(only(await one.states([id]))).knownCommitted, { timeout: 10_000 })
        .toBe(2n);
    }
  });

  test('only the process that a descriptor names is its sequencer', async () => {
    const stranger = await openLoglet(world().servers, {
      sequencer: { serverId: server().serverId, incarnation: incarnation(random.uuid()) },
    });
    const gone = { outcome: 'rejected', refusal: { code: 'sequencerGone' } };
    expect(await server().append(stranger.logletId, payloads('x'))).toMatchObject(gone);
    expect(refusal(await server().acknowledgedTail(stranger.logletId))).toBe('sequencerGone');
    const own = await openLoglet(world().servers);
    expect(await server(1).append(own.logletId, payloads('x'))).toMatchObject(gone);
  });

  test('a sequencer never starts on a copy that holds entries', async () => {
    const { logletId: id } = await openLoglet(world().servers);
    value(await server().store({ logletId: id, entries: entries(0n, 1n), knownCommitted: 0n }));
    expect(await server().append(id, payloads('x'))).toMatchObject({ refusal: { code: 'sequencerGone' } });
  });

  test('appends to what is not provisioned, not active or sealed were certainly not stored', async () => {
    const descriptor = await describeLoglet(world().servers);
    const { logletId: id } = descriptor;
    const code = async () => {
      const outcome = await server().append(id, payloads('x'));
      return outcome.outcome === 'rejected' ? outcome.refusal.code : outcome.outcome;
    };
    expect(await code()).toBe('notProvisioned');
    for (const one of world().servers) value(await one.provision(GENERATION, descriptor));
    expect(await code()).toBe('notActivated');
    for (const one of world().servers) value(await one.activate(GENERATION, id, 1));
    expect(await code()).toBe('acknowledged');
    await server().seal(GENERATION, [id]);
    expect(await code()).toBe('sealed');
  });

  test('a seal elsewhere ends the sequencer: nothing is acknowledged after it', async () => {
    const { logletId: id } = await openLoglet(world().servers);
    expect((await server().append(id, payloads('before'))).outcome).toBe('acknowledged');
    await server(1).seal(GENERATION, [id]);
    // Rejected if the sequencer has noticed by itself, unknown if it notices with this append.
    const after = await server().append(id, payloads('after'));
    expect(after).not.toMatchObject({ outcome: 'acknowledged' });
    if (after.outcome === 'unknown') expect(after.from).toBe(1n);
    expect(await server().append(id, payloads('later'))).toMatchObject({ outcome: 'rejected' });
    expect(refusal(await server().acknowledgedTail(id))).toBeDefined();
  });
}
