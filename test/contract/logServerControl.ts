import { expect, test } from 'vitest';
import { clusterId, logletId, storeId } from '../../src/core/ids.ts';
import type { Given } from './logServer.ts';
import {
  closeRecord,
  describeLoglet,
  entries,
  GENERATION,
  laterGeneration,
  only,
  openLoglet,
  random,
  refusal,
  texts,
  value,
} from './logServerWorld.ts';

export function controlContract(given: Given): void {
  admission(given);
  provisioning(given);
  closing(given);
  removal(given);
}

function admission({ world }: Given): void {
  test('a newly formatted store obeys nobody until an operator admits exactly this store', async () => {
    const { fresh } = world();
    const status = await fresh.status();
    expect(status.generation).toBe(undefined);
    const descriptor = await describeLoglet([fresh]);
    const { logletId: id, logId } = descriptor;
    expect(refusal(await fresh.adopt(GENERATION))).toBe('noGeneration');
    expect(refusal(await fresh.provision(GENERATION, descriptor))).toBe('noGeneration');
    expect(refusal(await fresh.activate(GENERATION, id, 1))).toBe('noGeneration');
    expect(refusal(only(await fresh.seal(GENERATION, [id])))).toBe('noGeneration');
    expect(refusal(await fresh.repair(GENERATION, id, entries(0n, 1n)))).toBe('noGeneration');
    expect(refusal(await fresh.trim(GENERATION, logId, 1n))).toBe('noGeneration');
    expect(refusal(await fresh.drop(GENERATION, id))).toBe('noGeneration');
    expect(refusal(await fresh.pledge(GENERATION))).toBe('noGeneration');
    expect(refusal(await fresh.retire(GENERATION, status.storeId))).toBe('noGeneration');
    expect(refusal(await fresh.store({ logletId: id, entries: [], knownCommitted: 0n }))).toBe(
      'noGeneration',
    );
    expect(refusal(await fresh.read({ logletId: id, from: 0n, to: 1n }))).toBe('noGeneration');
    expect(refusal(only(await fresh.states([id])))).toBe('noGeneration');
    expect(await fresh.append(id, [new Uint8Array(1)])).toMatchObject({ outcome: 'rejected' });
    expect(refusal(await fresh.admit(GENERATION, storeId(random.uuid())))).toBe('wrongStore');
    expect(value(await fresh.admit(GENERATION, status.storeId)).generation).toEqual(GENERATION);
    expect(value(await fresh.admit(GENERATION, status.storeId)).generation).toEqual(GENERATION);
    expect(refusal(await fresh.admit(laterGeneration(2), status.storeId))).toBe('alreadyAdmitted');
  });
}

function provisioning({ world, server }: Given): void {
  test('provisioning is refused for another cluster, another store or another descriptor', async () => {
    const descriptor = await describeLoglet(world().servers);
    const foreign = { ...descriptor, clusterId: clusterId(random.uuid()) };
    expect(refusal(await server().provision(GENERATION, foreign))).toBe('wrongCluster');
    const elsewhere = { ...descriptor, nodeset: descriptor.nodeset.slice(1) };
    expect(refusal(await server().provision(GENERATION, elsewhere))).toBe('wrongStore');
    const replaced = descriptor.nodeset.map((member) => ({ ...member, storeId: storeId(random.uuid()) }));
    expect(refusal(await server().provision(GENERATION, { ...descriptor, nodeset: replaced }))).toBe(
      'wrongStore',
    );
    const state = value(await server().provision(GENERATION, descriptor));
    expect(state).toMatchObject({ descriptor, sealed: false, localTail: 0n, knownCommitted: 0n });
    expect(value(await server().provision(GENERATION, descriptor))).toEqual(state);
    const differing = { ...descriptor, createdAt: 1 };
    expect(refusal(await server().provision(GENERATION, differing))).toBe('descriptorDiffers');
  });

  test('activating and sealing are remembered, in either order, and answered the same again', async () => {
    const { logletId: id } = await describeThenProvision();
    expect(value(only(await server().seal(GENERATION, [id])))).toMatchObject({ sealed: true });
    const active = value(await server().activate(GENERATION, id, 7));
    expect(active).toMatchObject({ sealed: true, activatedAt: 7 });
    expect(value(await server().activate(GENERATION, id, 9))).toEqual(active);
    expect(value(only(await server().seal(GENERATION, [id])))).toEqual(active);
    const unknown = logletId(random.ulid());
    expect(refusal(await server().activate(GENERATION, unknown, 1))).toBe('notProvisioned');
    const many = await server().seal(GENERATION, [id, unknown]);
    expect(many.map(({ answer }) => answer.ok)).toEqual([true, false]);
  });

  async function describeThenProvision() {
    const descriptor = await describeLoglet(world().servers);
    value(await server().provision(GENERATION, descriptor));
    return descriptor;
  }
}

function closing({ server }: Given): void {
  test('a close record seals, serves up to the end, and hides what lies above it', async () => {
    const one = server();
    const descriptor = await openLoglet([one]);
    const { logletId: id } = descriptor;
    value(await one.store({ logletId: id, entries: entries(0n, 5n), knownCommitted: 0n }));
    const record = closeRecord(3n, await describeLoglet([one]));
    const closed = value(await one.close(GENERATION, id, record));
    expect(closed).toMatchObject({ sealed: true, knownCommitted: 3n, localTail: 5n, close: record });
    expect(value(await one.close(GENERATION, id, record))).toEqual(closed);
    const read = value(await one.read({ logletId: id, from: 0n, to: 9n, uncommitted: true }));
    expect(texts(read.entries)).toEqual(['entry 0', 'entry 1', 'entry 2']);
    expect(refusal(await one.read({ logletId: id, from: 3n, to: 5n, uncommitted: true }))).toBe('notServed');
    expect(refusal(await one.repair(GENERATION, id, entries(5n, 6n)))).toBe('conflict');
    const other = closeRecord(3n, await describeLoglet([one]));
    expect(refusal(await one.close(GENERATION, id, other))).toBe('closeDiffers');
  });

  test('an end below what was acknowledged is refused', async () => {
    const one = server();
    const { logletId: id } = await openLoglet([one]);
    value(await one.store({ logletId: id, entries: entries(0n, 5n), knownCommitted: 4n }));
    const record = closeRecord(3n, await describeLoglet([one]));
    expect(await one.close(GENERATION, id, record)).toEqual({
      ok: false,
      refusal: { code: 'conflict', position: 3n },
    });
  });
}

function removal({ server }: Given): void {
  test('trim drops what is known to be committed, and never falls', async () => {
    const one = server();
    const { logletId: id, logId } = await openLoglet([one]);
    value(await one.store({ logletId: id, entries: entries(0n, 6n), knownCommitted: 4n }));
    expect(value(await one.trim(GENERATION, logId, 5n)).trimPoint).toBe(5n);
    expect(value(only(await one.states([id]))).firstHeld).toBe(4n);
    value(await one.store({ logletId: id, entries: [], knownCommitted: 6n }));
    expect(value(await one.trim(GENERATION, logId, 2n)).trimPoint).toBe(5n);
    expect(value(only(await one.states([id]))).firstHeld).toBe(5n);
    expect(refusal(await one.read({ logletId: id, from: 4n, to: 6n }))).toBe('trimmed');
    expect(texts(value(await one.read({ logletId: id, from: 5n, to: 6n })).entries)).toEqual(['entry 5']);
  });

  test('a loglet that takes entries cannot be dropped; a sealed one can, twice', async () => {
    const one = server();
    const { logletId: id } = await openLoglet([one]);
    expect(refusal(await one.drop(GENERATION, id))).toBe('notSealed');
    await one.seal(GENERATION, [id]);
    expect(value(await one.drop(GENERATION, id))).toBe(null);
    expect(value(await one.drop(GENERATION, id))).toBe(null);
    expect(refusal(only(await one.states([id])))).toBe('notProvisioned');
  });
}

/** Raises the generation of the second server for good: runs late. */
export function fenceContract({ server }: Given): void {
  test('a greater generation is adopted with the call that brings it; smaller ones are refused', async () => {
    const one = server(1);
    const { logletId: id, logId, ...rest } = await openLoglet([one]);
    const descriptor = { ...rest, logletId: id, logId };
    const held = laterGeneration(2, '5');
    value(await one.adopt(held));
    expect(value(await one.adopt(held)).generation).toEqual(held);
    for (const stale of [GENERATION, laterGeneration(2, '4')]) {
      expect(refusal(await one.adopt(stale))).toBe('staleGeneration');
      expect(refusal(only(await one.seal(stale, [id])))).toBe('staleGeneration');
      expect(refusal(await one.provision(stale, descriptor))).toBe('staleGeneration');
      expect(refusal(await one.activate(stale, id, 1))).toBe('staleGeneration');
      expect(refusal(await one.close(stale, id, closeRecord(0n, descriptor)))).toBe('staleGeneration');
      expect(refusal(await one.repair(stale, id, entries(0n, 1n)))).toBe('staleGeneration');
      expect(refusal(await one.trim(stale, logId, 1n))).toBe('staleGeneration');
      expect(refusal(await one.drop(stale, id))).toBe('staleGeneration');
    }
    // Appends go on: the fence binds control planes only.
    value(await one.store({ logletId: id, entries: entries(0n, 1n), knownCommitted: 0n }));
    value(only(await one.seal(laterGeneration(3), [id])));
    expect((await one.status()).generation).toEqual(laterGeneration(3));
  });
}
