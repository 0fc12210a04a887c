import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storeId as newStoreId } from '../../src/core/ids.ts';
import type { LogServer } from '../../src/ports/LogServer.ts';
import { controlContract, fenceContract } from './logServerControl.ts';
import { dataContract } from './logServerData.ts';
import { sequencerContract } from './logServerSequencer.ts';
import {
  all,
  GENERATION,
  type LogServerWorld,
  openLoglet,
  random,
  refusal,
  value,
} from './logServerWorld.ts';

/** The contract of the LogServer port: every driver runs it, the one in memory included. */
export function logServerContract(name: string, create: () => Promise<LogServerWorld>): void {
  describe(`LogServer contract: ${name}`, () => {
    let made: LogServerWorld;
    beforeAll(async () => {
      made = await create();
    });
    afterAll(() => made?.stop());
    const world = (): LogServerWorld => made;
    const server = (at = 0): LogServer => {
      const found = made.servers[at];
      if (found === undefined) throw new Error(`no server ${at}`);
      return found;
    };
    controlContract({ world, server });
    dataContract({ world, server });
    sequencerContract({ world, server });
    inventoryContract({ world, server });
    fenceContract({ world, server });
    retirement({ world, server });
  });
}

export interface Given {
  readonly world: () => LogServerWorld;
  readonly server: (at?: number) => LogServer;
}

function inventoryContract({ server, world }: Given): void {
  test('an inventory opens with the server, closes with its count, and can be of one log', async () => {
    const [one, two] = [await openLoglet(world().servers), await openLoglet(world().servers)];
    value(await server().trim(GENERATION, one.logId, 0n));
    const whole = await all(server().inventory());
    expect(whole[0]).toMatchObject({ item: 'server', status: { serverId: server().serverId } });
    const loglets = whole.filter((item) => item.item === 'loglet');
    expect(whole.at(-1)).toEqual({ item: 'end', loglets: loglets.length });
    expect(loglets.map((item) => item.state.descriptor)).toEqual(expect.arrayContaining([one, two]));
    const ofOne = await all(server().inventory({ logId: one.logId }));
    expect(ofOne.map((item) => item.item)).toEqual(['server', 'log', 'loglet', 'end']);
    expect(ofOne[2]).toMatchObject({ state: { descriptor: one, sealed: false, activatedAt: 1 } });
  });
}

function retirement({ server }: Given): void {
  test('a retired store refuses every generation, and still answers what it knows', async () => {
    const retiring = server(2);
    const descriptor = await openLoglet([retiring]);
    const { storeId, pledged } = await retiring.status();
    expect(refusal(await retiring.retire(GENERATION, newStoreId(random.uuid())))).toBe('wrongStore');
    expect(pledged).toBeGreaterThan(0);
    expect(refusal(await retiring.retire(GENERATION, storeId, pledged - 1))).toBe('pledgedSince');
    expect(value(await retiring.pledge(GENERATION)).pledged).toBe(pledged + 1);
    expect(refusal(await retiring.retire(GENERATION, storeId, pledged))).toBe('pledgedSince');
    expect(value(await retiring.retire(GENERATION, storeId, pledged + 1)).retired).toBe(true);
    expect(refusal(await retiring.pledge(GENERATION))).toBe('retired');
    expect(refusal(await retiring.adopt({ ...GENERATION, number: 99 }))).toBe('retired');
    expect(refusal(await retiring.admit(GENERATION, storeId))).toBe('retired');
    const stored = await retiring.store({ logletId: descriptor.logletId, entries: [], knownCommitted: 0n });
    expect(refusal(stored)).toBe('retired');
    expect(await retiring.append(descriptor.logletId, [new Uint8Array(1)])).toMatchObject({
      outcome: 'rejected',
      refusal: { code: 'retired' },
    });
    const states = await retiring.states([descriptor.logletId]);
    expect(states[0]?.answer.ok).toBe(true);
    expect((await all(retiring.inventory())).at(-1)?.item).toBe('end');
  });
}
