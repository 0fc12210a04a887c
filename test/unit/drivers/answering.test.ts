import { expect, test } from 'vitest';
import { PortError } from '../../../src/core/errors.ts';
import { answering } from '../../../src/drivers/restate/answering.ts';
import type { RestateClient } from '../../../src/drivers/restate/client.ts';

const IDENT = { status: 'ALIVE', cluster_name: 'c', roles: [], metadata_server_status: 'MEMBER' };

/** Nodes by address: one that answers, one that refuses, one that is frozen until it is thawed. */
function clientOf(nodes: Readonly<Record<string, 'answers' | 'refuses' | Promise<void>>>): RestateClient {
  const ask = async (address: string) => {
    const node = nodes[address];
    if (node === 'refuses') throw new PortError('unavailable', { subject: address, message: 'refused' });
    if (node !== 'answers') await node;
    return IDENT;
  };
  return { ask } as unknown as RestateClient;
}

async function all(client: RestateClient, addresses: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const address of answering(client, addresses)) found.push(address);
  return found;
}

async function first(client: RestateClient, addresses: readonly string[]): Promise<string | undefined> {
  for await (const address of answering(client, addresses)) return address;
  return undefined;
}

test('those that answer are given in the order of the configuration', async () => {
  const client = clientOf({ a: 'answers', b: 'refuses', c: 'answers' });
  expect(await all(client, ['c', 'b', 'a'])).toEqual(['c', 'a']);
});

test('one that is frozen is waited for by nobody whom another serves', async () => {
  const client = clientOf({ a: new Promise(() => undefined), b: 'answers' });
  expect(await first(client, ['a', 'b'])).toBe('b');
});

test('one that thaws comes last', async () => {
  let thaw = () => {};
  const thawed = new Promise<void>((resolve) => {
    thaw = resolve;
  });
  const found: string[] = [];
  for await (const address of answering(clientOf({ a: thawed, b: 'answers' }), ['a', 'b'])) {
    found.push(address);
    thaw();
  }
  expect(found).toEqual(['b', 'a']);
});

test('where none answers the first failure says why', async () => {
  const client = clientOf({ a: 'refuses', b: 'refuses' });
  await expect(first(client, ['a', 'b'])).rejects.toMatchObject({ failure: 'unavailable', subject: 'a' });
  await expect(first(client, [])).rejects.toMatchObject({ failure: 'unavailable' });
});
