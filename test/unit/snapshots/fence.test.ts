import { beforeEach, describe, expect, test } from 'vitest';
import type { Chain } from '../../../src/core/chain.ts';
import { PortError } from '../../../src/core/errors.ts';
import { FIRST_GENERATION, type Generation } from '../../../src/core/generation.ts';
import { logId, recoveryId } from '../../../src/core/ids.ts';
import { MemoryRepository } from '../../../src/drivers/memory/repository.ts';
import { claimKey } from '../../../src/snapshots/keys.ts';
import { Snapshots } from '../../../src/snapshots/Snapshots.ts';
import { aChain, CLUSTER, chainVersions, extended } from '../../support/chains.ts';
import { collect, fixedParts } from '../../support/snapshots.ts';

const LOG = logId('1');
const recovery = (number: number, letter = 'A'): Generation => ({
  number,
  recoveryId: recoveryId(`01J${letter.repeat(23)}`),
});

describe('the repository fence', () => {
  let repository: MemoryRepository;
  let snapshots: Snapshots;

  beforeEach(() => {
    repository = new MemoryRepository();
    snapshots = new Snapshots({ repository, ...fixedParts });
  });

  test('stands after the newest, and a slower writer does not get past it with any version', async () => {
    const chains = chainVersions(aChain(), 5);
    for (const chain of chains.slice(0, 3)) await snapshots.ensureSnapshot(chain);
    const fence = await snapshots.fence(LOG, recovery(2));
    expect(fence.fences).toMatchObject([{ ref: { version: 4, generation: FIRST_GENERATION } }]);
    expect(fence.newest?.ref.version).toBe(3);

    const lower = async (version: number) => chains[version - 1];
    for (const slow of chains.slice(3))
      for (const options of [{}, { lower }, { lower, fillGaps: true }])
        await expect(snapshots.ensureSnapshot(slow, options)).rejects.toMatchObject({
          code: expect.stringMatching(/E_FENCED/),
        });
    expect((await snapshots.newest(LOG))?.ref.version).toBe(3);
  });

  test('stops the very first snapshot of a log that the repository does not know', async () => {
    expect(await snapshots.fence(LOG, recovery(2))).toMatchObject({ newest: undefined });
    await expect(snapshots.ensureSnapshot(aChain())).rejects.toMatchObject({ code: 'E_FENCED' });
  });

  test('stands at the first version of a generation that was opened, and has no snapshot yet', async () => {
    await snapshots.ensureSnapshot(aChain());
    await snapshots.remove({ logId: LOG, generation: FIRST_GENERATION, version: 1 });
    expect((await snapshots.fence(LOG, recovery(2))).fences).toMatchObject([{ ref: { version: 1 } }]);
    await expect(snapshots.ensureSnapshot(aChain())).rejects.toMatchObject({ code: 'E_FENCED' });
  });

  test('closes also a generation that a dead recovery claimed and never wrote in', async () => {
    await snapshots.claimGeneration(recovery(2, 'B'));
    await snapshots.fence(LOG, recovery(3, 'C'));
    const late = aChain({ generation: recovery(2, 'B'), version: 1001, generationStart: 1001 });
    await expect(snapshots.ensureSnapshot(late)).rejects.toMatchObject({ code: 'E_FENCED' });
  });

  test('a fence put again finds itself there', async () => {
    await snapshots.ensureSnapshot(aChain());
    const first = await snapshots.fence(LOG, recovery(2));
    expect(await snapshots.fence(LOG, recovery(2))).toEqual(first);
  });

  test('an earlier recovery learns that a later one was here', async () => {
    await snapshots.fence(LOG, recovery(3));
    await expect(snapshots.fence(LOG, recovery(2))).rejects.toMatchObject({ code: 'E_STALE_GENERATION' });
    await snapshots.claimGeneration(recovery(5));
    await expect(snapshots.fence(LOG, recovery(4))).rejects.toMatchObject({ code: 'E_STALE_GENERATION' });
  });

  test('the new generation goes on behind it', async () => {
    await snapshots.ensureSnapshot(aChain());
    await snapshots.fence(LOG, recovery(2));
    const rebuilt = aChain({ generation: recovery(2), version: 1001, generationStart: 1001 });
    await snapshots.ensureSnapshot(rebuilt);
    await snapshots.ensureSnapshot(extended(rebuilt));
    expect((await collect(snapshots.list(LOG))).map(({ ref }) => ref.version)).toEqual([1, 1001, 1002]);
  });

  test('against a writer that runs at the same time, what is listed is all there will ever be', async () => {
    for (let round = 0; round < 30; round += 1) {
      const racing = new Snapshots({ repository: new MemoryRepository(), ...fixedParts });
      const chains = chainVersions(aChain(), 6);
      const written: number[] = [];
      const write = async (chain: Chain) => {
        for (let idle = 0; idle < round; idle += 1) await Promise.resolve();
        await racing.ensureSnapshot(chain);
        written.push(chain.version);
      };
      const writer = chains.reduce((before, chain) => before.then(() => write(chain)), Promise.resolve());
      const fence = racing.fence(LOG, recovery(2));
      const [ended] = await Promise.allSettled([writer, fence]);
      const newest = (await fence).newest?.ref.version ?? 0;
      expect(Math.max(0, ...written)).toBe(newest);
      if (newest < 6) expect(ended).toMatchObject({ status: 'rejected', reason: { code: 'E_FENCED' } });
    }
  });
});

describe('claims and identity', () => {
  const repository = () => new MemoryRepository();

  test('of two recoveries one gets a number, and the other learns who', async () => {
    const snapshots = new Snapshots({ repository: repository(), ...fixedParts });
    expect(await snapshots.claimGeneration(recovery(2, 'A'))).toEqual({ outcome: 'claimed' });
    expect(await snapshots.claimGeneration(recovery(2, 'B'))).toEqual({
      outcome: 'held',
      by: recovery(2, 'A').recoveryId,
    });
    expect(await snapshots.claimGeneration(recovery(2, 'A'))).toEqual({ outcome: 'claimed' });
    await snapshots.claimGeneration(recovery(11, 'B'));
    expect(await snapshots.greatestClaim()).toEqual(recovery(11, 'B'));
  });

  test('a damaged claim is never taken for a free number', async () => {
    const place = repository();
    const snapshots = new Snapshots({ repository: place, ...fixedParts });
    await place.put(claimKey(CLUSTER, 2), new TextEncoder().encode('{"kind":"claim"'));
    await expect(snapshots.greatestClaim()).rejects.toMatchObject({ code: 'E_BAD_SNAPSHOT' });
    await expect(snapshots.claimGeneration(recovery(2))).rejects.toMatchObject({ code: 'E_BAD_SNAPSHOT' });
  });

  test('a lost answer is settled by what is there', async () => {
    class LosesAnswers extends MemoryRepository {
      override async putIfAbsent(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
        await super.putIfAbsent(key, bytes);
        throw new PortError('outcomeUnknown', { subject: 'put', message: 'no answer' });
      }
    }
    const snapshots = new Snapshots({ repository: new LosesAnswers(), ...fixedParts });
    expect(await snapshots.claimGeneration(recovery(2))).toEqual({ outcome: 'claimed' });
    expect(await snapshots.ensureSnapshot(aChain())).toMatchObject({ outcome: 'written' });
  });

  test('the repository has one identity, whoever asks first', async () => {
    const snapshots = new Snapshots({ repository: repository(), ...fixedParts });
    expect(await snapshots.repositoryId()).toBeUndefined();
    const all = await Promise.all([
      snapshots.ensureRepositoryIdentity(),
      snapshots.ensureRepositoryIdentity(),
    ]);
    expect(new Set([...all, await snapshots.repositoryId()]).size).toBe(1);
  });

  test('the configuration saved last comes back, also when it is one of before', async () => {
    let now = 0;
    const clock = { now: () => ++now, sleep: async () => {} };
    const snapshots = new Snapshots({ repository: repository(), ...fixedParts, clock });
    for (const text of ['a: 1', 'a: 2', 'a: 1']) expect(await snapshots.saveConfig(text)).toBe('saved');
    expect(await snapshots.saveConfig('a: 1')).toBe('there');
    expect((await snapshots.loadConfig())?.text).toBe('a: 1');
  });
});
