import { beforeEach, describe, expect, test } from 'vitest';
import { encodeDocument } from '../../../src/codec/snapshot.ts';
import { type Chain, trimChain } from '../../../src/core/chain.ts';
import { FIRST_GENERATION, type Generation } from '../../../src/core/generation.ts';
import { clusterId, logId, recoveryId } from '../../../src/core/ids.ts';
import { MemoryRepository } from '../../../src/drivers/memory/repository.ts';
import { documentKey } from '../../../src/snapshots/keys.ts';
import { Snapshots } from '../../../src/snapshots/Snapshots.ts';
import { aChain, CLUSTER, chainVersions } from '../../support/chains.ts';
import { collect, fixedParts } from '../../support/snapshots.ts';

const LOG = logId('1');
const recovery = (number: number, letter = 'A'): Generation => ({
  number,
  recoveryId: recoveryId(`01J${letter.repeat(23)}`),
});

describe('ensureSnapshot', () => {
  let repository: MemoryRepository;
  let snapshots: Snapshots;

  beforeEach(() => {
    repository = new MemoryRepository();
    snapshots = new Snapshots({ repository, ...fixedParts });
  });

  const versionsThere = async () =>
    (await collect(snapshots.list(LOG))).map((item) => ('problem' in item ? item.problem : item.ref.version));
  const history = (chains: readonly Chain[]) => ({
    lower: async (version: number) => chains.find((chain) => chain.version === version),
  });
  const keyOf = (chain: Chain, version = chain.version) =>
    documentKey(CLUSTER, { logId: chain.logId, generation: chain.generation, version });

  test('is idempotent, and gives back the chain that was put in', async () => {
    const chain = aChain();
    expect(await snapshots.ensureSnapshot(chain)).toMatchObject({ outcome: 'written' });
    expect(await snapshots.ensureSnapshot(chain)).toMatchObject({ outcome: 'there' });
    expect((await snapshots.read({ ...chain, logId: LOG })).chain).toEqual(chain);
  });

  test('links every snapshot to the one before', async () => {
    const chains = chainVersions(aChain(), 3);
    for (const chain of chains) await snapshots.ensureSnapshot(chain);
    const items = await collect(snapshots.list(LOG));
    const links = items.map((item) =>
      'document' in item ? [item.document.previous?.digest, item.document.digest] : [],
    );
    expect(links.map(([previous]) => previous)).toEqual([undefined, links[0]?.[1], links[1]?.[1]]);
  });

  test('writes missing lower versions first', async () => {
    const chains = chainVersions(aChain(), 5);
    await snapshots.ensureSnapshot(chains[0] as Chain);
    const ensured = await snapshots.ensureSnapshot(chains[4] as Chain, history(chains));
    expect(ensured).toMatchObject({ outcome: 'written', added: [2, 3, 4], gaps: [] });
    expect(await versionsThere()).toEqual([1, 2, 3, 4, 5]);
  });

  test('after the one that was just written nothing is looked for: one write, and its read-back', async () => {
    const [first, second] = chainVersions(aChain(), 2) as [Chain, Chain];
    const { document: after } = await snapshots.ensureSnapshot(first);
    const asked: string[] = [];
    const counting = new Proxy(repository, {
      get: (target, name) => {
        const call = Reflect.get(target, name) as unknown;
        if (typeof call !== 'function') return call;
        return (...args: unknown[]) => {
          asked.push(String(name));
          return call.apply(target, args);
        };
      },
    });
    const follower = new Snapshots({ repository: counting, ...fixedParts });
    expect(await follower.ensureSnapshot(second, { after })).toMatchObject({ outcome: 'written' });
    expect(asked).toEqual(['putIfAbsent', 'get']);
    expect((await snapshots.read({ ...second, logId: LOG })).previous?.digest).toBe(after?.digest);
  });

  test('and what somebody else put there meanwhile is seen all the same', async () => {
    const [first, second, third] = chainVersions(aChain(), 3) as [Chain, Chain, Chain];
    const { document: after } = await snapshots.ensureSnapshot(first);
    await new Snapshots({ repository, ...fixedParts, writtenBy: 'another' }).ensureSnapshot(second);
    expect(await snapshots.ensureSnapshot(second, { after })).toMatchObject({ outcome: 'there' });
    const other = { ...second, trimPoint: 5n };
    await expect(snapshots.ensureSnapshot(other, { after })).rejects.toMatchObject({
      code: 'E_CONTRADICTION',
    });
    await snapshots.fence(LOG, recovery(2));
    const { document: held } = await snapshots.ensureSnapshot(second);
    await expect(snapshots.ensureSnapshot(third, { after: held })).rejects.toMatchObject({
      code: 'E_FENCED',
    });
  });

  test('one that is not right before it is no place to go on from', async () => {
    const chains = chainVersions(aChain(), 3) as [Chain, Chain, Chain];
    const { document: after } = await snapshots.ensureSnapshot(chains[0]);
    await expect(snapshots.ensureSnapshot(chains[2], { after })).rejects.toMatchObject({
      code: 'E_SNAPSHOT_GAP',
    });
  });

  test('leaves no hole: a missing lower version that nobody has is an error, and nothing is written', async () => {
    const chains = chainVersions(aChain(), 3);
    await expect(snapshots.ensureSnapshot(chains[2] as Chain)).rejects.toMatchObject({
      code: 'E_SNAPSHOT_GAP',
    });
    expect(await versionsThere()).toEqual([]);
  });

  test('marks a gap when told to, and whoever had that version cannot put it there any more', async () => {
    const [first, second, third] = chainVersions(aChain(), 3) as [Chain, Chain, Chain];
    await snapshots.ensureSnapshot(first);
    const ensured = await snapshots.ensureSnapshot(third, { fillGaps: true });
    expect(ensured).toMatchObject({ outcome: 'written', gaps: [2] });
    await expect(snapshots.ensureSnapshot(second)).rejects.toMatchObject({ code: 'E_SNAPSHOT_GAP' });
  });

  test('links past a gap', async () => {
    const [first, , third, fourth] = chainVersions(aChain(), 4) as [Chain, Chain, Chain, Chain];
    await snapshots.ensureSnapshot(first);
    await snapshots.ensureSnapshot(third, { fillGaps: true });
    await snapshots.ensureSnapshot(fourth);
    const previous = async (chain: Chain) =>
      (await snapshots.read({ ...chain, logId: LOG })).previous?.version;
    expect([await previous(third), await previous(fourth)]).toEqual([1, 3]);
  });

  test('refuses another chain of the same version, with both digests', async () => {
    const chain = aChain();
    await snapshots.ensureSnapshot(chain);
    const other = { ...chain, trimPoint: 5n };
    await expect(snapshots.ensureSnapshot(other)).rejects.toMatchObject({
      code: 'E_CONTRADICTION',
      context: { ours: expect.any(String), theirs: expect.any(String) },
    });
  });

  test('refuses the chain of another cluster', async () => {
    const stranger = aChain({ clusterId: clusterId('99999999-9999-4999-8999-999999999999') });
    await expect(snapshots.ensureSnapshot(stranger)).rejects.toMatchObject({ code: 'E_WRONG_CLUSTER' });
  });

  test('of two writers with different bytes for one chain, both are served by the first', async () => {
    const chain = aChain();
    const other = new Snapshots({ repository, ...fixedParts, writtenBy: 'somebody else' });
    await Promise.all([snapshots.ensureSnapshot(chain), other.ensureSnapshot(chain)]);
    expect(await versionsThere()).toEqual([1]);
  });

  test('begins a new generation at its own first version, linked to the old one', async () => {
    const [first, second] = chainVersions(aChain(), 2) as [Chain, Chain];
    await snapshots.ensureSnapshot(first);
    await snapshots.ensureSnapshot(second);
    const rebuilt = { ...second, generation: recovery(2), version: 1002, generationStart: 1002 };
    await snapshots.ensureSnapshot(rebuilt);
    const document = await snapshots.read({ ...rebuilt, logId: LOG });
    expect(document.previous).toMatchObject({ generation: FIRST_GENERATION, version: 2 });
    expect((await snapshots.newest(LOG))?.ref.version).toBe(1002);
  });

  test('does not fill in again what was pruned below', async () => {
    const chains = chainVersions(aChain(), 3);
    for (const chain of chains) await snapshots.ensureSnapshot(chain);
    await snapshots.remove({ ...(chains[0] as Chain), logId: LOG });
    expect(await snapshots.ensureSnapshot(chains[0] as Chain)).toMatchObject({ outcome: 'superseded' });
    expect(await versionsThere()).toEqual([2, 3]);
  });

  test('a damaged snapshot is a value in the listing, and hides none of the others', async () => {
    const chains = chainVersions(aChain(), 3);
    for (const chain of chains) await snapshots.ensureSnapshot(chain);
    const bytes = (await repository.get(keyOf(chains[1] as Chain))) as Uint8Array;
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await repository.put(keyOf(chains[1] as Chain), bytes);
    expect(await versionsThere()).toEqual([1, expect.stringMatching(/digest|JSON|expected|Invalid/i), 3]);
    await expect(snapshots.read({ ...(chains[1] as Chain), logId: LOG })).rejects.toMatchObject({
      code: 'E_BAD_SNAPSHOT',
    });
  });

  test('a sound document under the key of another is found out', async () => {
    const [first, second] = chainVersions(aChain(), 2) as [Chain, Chain];
    for (const chain of [first, second]) await snapshots.ensureSnapshot(chain);
    await repository.put(keyOf(second), (await repository.get(keyOf(first))) as Uint8Array);
    expect(await versionsThere()).toEqual([1, expect.stringContaining('another key')]);
  });

  test('a broken newest is not hidden by an older sound one', async () => {
    const [first, second] = chainVersions(aChain(), 2) as [Chain, Chain];
    for (const chain of [first, second]) await snapshots.ensureSnapshot(chain);
    await repository.put(keyOf(second), encodeDocument({ kind: 'snapshot' }));
    expect(await snapshots.newest(LOG)).toMatchObject({ ref: { version: 2 }, problem: expect.any(String) });
  });

  test('trimming is a version like any other', async () => {
    const first = aChain();
    await snapshots.ensureSnapshot(first);
    await snapshots.ensureSnapshot(trimChain(first, 3n));
    expect(await versionsThere()).toEqual([1, 2]);
  });
});
