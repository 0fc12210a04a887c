import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toJson } from '../../../src/codec/common.ts';
import { Descriptors } from '../../../src/codec/descriptors.ts';
import {
  decodeInventory,
  encodeInventoryItem,
  encodeInventoryLoglet,
  type StoredLoglet,
} from '../../../src/codec/inventoryStream.ts';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { type Descriptor, descriptorDigest } from '../../../src/core/descriptor.ts';
import { isPortError } from '../../../src/core/errors.ts';
import type { MemoryLogServer } from '../../../src/drivers/memory/logServer.ts';
import type { InventoryItem } from '../../../src/ports/LogServer.ts';
import { TestCluster } from '../../support/cluster.ts';

const cluster = await TestCluster.start({ servers: 3 });
await cluster.client().append([new TextEncoder().encode('one')]);
await cluster.client().reconfigure();

function stored({
  state: { descriptor, ...state },
}: Extract<InventoryItem, { item: 'loglet' }>): StoredLoglet {
  const bytes = Buffer.from(canonicalJson(descriptor));
  return { logletId: descriptor.logletId, state, descriptor: bytes };
}

async function itemsOf(server: MemoryLogServer): Promise<InventoryItem[]> {
  const items: InventoryItem[] = [];
  for await (const item of server.inventory()) items.push(item);
  return items;
}

const encoded = (items: readonly InventoryItem[]) =>
  Buffer.concat(
    items.map((item) =>
      item.item === 'loglet' ? encodeInventoryLoglet(stored(item)) : encodeInventoryItem(item),
    ),
  );

/** In pieces of so many bytes, as a network would cut them. */
async function decoded(
  bytes: Buffer,
  size: number,
  descriptors = new Descriptors(),
): Promise<InventoryItem[]> {
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
  const items: InventoryItem[] = [];
  for await (const item of decodeInventory(chunks(), descriptors)) items.push(item);
  return items;
}

test('an inventory comes back as it was sent, wherever it is cut on the way', async () => {
  const items = await itemsOf(cluster.server('s1'));
  expect(items.filter(({ item }) => item === 'loglet').length).toBeGreaterThan(1);
  const bytes = encoded(items);
  for (const size of [1, 7, 1_000, bytes.length]) expect(await decoded(bytes, size)).toEqual(items);
});

test('several servers’ copies of a loglet share one descriptor, whose digest is known', async () => {
  const descriptors = new Descriptors();
  const found: Descriptor[] = [];
  for (const name of ['s1', 's2', 's3']) {
    const bytes = encoded(await itemsOf(cluster.server(name)));
    for (const item of await decoded(bytes, 4_096, descriptors))
      if (item.item === 'loglet' && item.state.descriptor.index === 1) found.push(item.state.descriptor);
  }
  expect(found).toHaveLength(3);
  expect(new Set(found).size).toBe(1);
  for (const descriptor of found)
    expect(descriptorDigest(descriptor)).toBe(descriptorDigest(structuredClone(descriptor)));
});

test('a descriptor that is not what its digest says keeps the digest that was claimed', async () => {
  const [, item] = (await itemsOf(cluster.server('s1'))).filter((one) => one.item === 'loglet');
  if (item?.item !== 'loglet') throw new Error('no loglet');
  const other = { ...item.state.descriptor, createdAt: item.state.descriptor.createdAt + 1 };
  const descriptor = Buffer.from(toJson(other));
  const [back] = await decoded(encodeInventoryLoglet({ ...stored(item), descriptor }), 10_000);
  if (back?.item !== 'loglet') throw new Error('no loglet');
  expect(back.state.descriptorDigest).toBe(item.state.descriptorDigest);
  expect(descriptorDigest(back.state.descriptor)).not.toBe(back.state.descriptorDigest);
});

test('a descriptor that cannot be read is a damaged loglet, not the end of the inventory', async () => {
  const items = await itemsOf(cluster.server('s1'));
  const [item] = items.filter((one) => one.item === 'loglet');
  if (item?.item !== 'loglet') throw new Error('no loglet');
  const { logletId } = item.state.descriptor;
  const broken = encodeInventoryLoglet({ ...stored(item), descriptor: Buffer.from('{"half') });
  const [first, second] = await decoded(Buffer.concat([broken, encoded([item])]), 10_000);
  expect(first).toMatchObject({ item: 'damaged', logletId });
  expect(second).toEqual(item);
});

test('any flipped bit is noticed, or the inventory is as it was', async () => {
  const items = await itemsOf(cluster.server('s1'));
  const bytes = encoded(items);
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const found = await decoded(flipped, 10_000).catch((error: unknown) => error);
      // A wrong length may leave the rest waiting for bytes that never come: then the end is missing.
      const isCut = Array.isArray(found) && found.at(-1)?.item !== 'end';
      expect(isCut || isPortError(found, 'corrupt')).toBe(true);
    }),
    { numRuns: 300 },
  );
});
