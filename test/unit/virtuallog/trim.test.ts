import { expect, test } from 'vitest';
import { identityOf } from '../../../src/core/chain.ts';
import { LOG, payloads, seenThrough, TestCluster, texts } from '../../support/cluster.ts';
import { around, Killed, Life } from '../../support/faults.ts';

const failsWith = (code: string) => expect.objectContaining({ code });

async function withThreeLoglets(): Promise<TestCluster> {
  const cluster = await TestCluster.start({ snapshots: 'required' });
  const log = cluster.client();
  for (const text of ['a', 'b', 'c']) {
    await log.append(payloads(text));
    if (text !== 'c') await log.reconfigure();
  }
  return cluster;
}

async function logletsLeft(cluster: TestCluster): Promise<number> {
  const names = [...cluster.servers.keys()];
  return new Set((await Promise.all(names.map((name) => cluster.loglets(name)))).flat()).size;
}

test('a trim takes the register first, then the data, and drops loglets that lie wholly below', async () => {
  const cluster = await withThreeLoglets();
  const order: string[] = [];
  const note = <T extends object>(port: T): T =>
    around(port, (name, call) => {
      if (['compareAndSet', 'trim', 'drop'].includes(name) && order.at(-1) !== name) order.push(name);
      return call();
    });
  const log = cluster.client({
    metaStore: note(cluster.metaStore),
    logServers: seenThrough(cluster.servers, note),
  });
  expect(await log.trim(2n)).toMatchObject({ trimPoint: 2n, behind: '', snapshot: 'written' });
  expect(order).toEqual(['compareAndSet', 'trim', 'drop']);
  expect(await logletsLeft(cluster)).toBe(1);
  expect(await texts(cluster.client())).toEqual(['c']);
  await cluster.client().reconfigure();
  expect(await cluster.client().append(payloads('d'))).toEqual({ outcome: 'acknowledged', positions: [3n] });
});

test('nothing is trimmed that is not determined', async () => {
  const cluster = await withThreeLoglets();
  await expect(cluster.client().trim(4n)).rejects.toEqual(failsWith('E_USAGE'));
  (await cluster.sequencer()).kill();
  // Under `all`, with one server silent, the last loglet determines nothing above its start.
  await expect(cluster.client().trim(3n)).rejects.toEqual(failsWith('E_USAGE'));
  expect(await texts(cluster.client(), { to: 2n })).toEqual(['a', 'b']);
  expect((await cluster.client().trim(2n)).behind).toContain('does not answer');
});

test('nothing is trimmed or collected while a recovery is not verified', async () => {
  const cluster = await withThreeLoglets();
  const chain = await cluster.metaStore.get(LOG);
  if (chain === undefined) throw new Error('no chain');
  const frozen = { ...chain, version: chain.version + 1, frozen: true };
  await cluster.metaStore.compareAndSet(LOG, identityOf(chain), frozen);
  await expect(cluster.client().trim(1n)).rejects.toEqual(failsWith('E_FROZEN'));
  await expect(cluster.client().collectOrphans()).rejects.toEqual(failsWith('E_FROZEN'));
});

test('a trim killed at any call leaves a log that reads from its trim point on, and is finished by the next', async () => {
  let calls = 0;
  for (; calls < 200; calls += 1) {
    const cluster = await withThreeLoglets();
    const life = new Life(calls, true);
    const doomed = cluster.client({
      metaStore: life.of(cluster.metaStore),
      logServers: seenThrough(cluster.servers, (server) => life.of(server)),
      snapshots: life.of(cluster.snapshots),
    });
    await doomed.trim(2n).catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error;
    });
    const trimmed = (await cluster.metaStore.get(LOG))?.trimPoint === 2n;
    expect(await texts(cluster.client())).toEqual(trimmed ? ['c'] : ['a', 'b', 'c']);
    expect(await cluster.client().trim(2n)).toMatchObject({ trimPoint: 2n, behind: '' });
    expect(await texts(cluster.client())).toEqual(['c']);
    expect(await logletsLeft(cluster)).toBe(1);
    if (!life.ended) break;
  }
  expect(calls).toBeGreaterThan(10);
  expect(calls).toBeLessThan(200);
});

test('a loss that was accepted bounds a trim: what returned servers hold beyond it is not in the log', async () => {
  const cluster = await TestCluster.start();
  await cluster.client().append(payloads('a', 'b', 'c'));
  await cluster.client().reconfigure();
  const chain = await cluster.metaStore.get(LOG);
  if (chain === undefined) throw new Error('no chain');
  const [first] = chain.segments;
  if (first === undefined) throw new Error('no segment');
  const { end: _, ...open } = first;
  const loss = { from: 1n, fencedOutside: [], reason: 'a test' };
  const shorter = { ...chain, version: chain.version + 1, segments: [{ ...open, loss }] };
  await cluster.metaStore.compareAndSet(LOG, identityOf(chain), shorter);
  await expect(cluster.client().trim(3n)).rejects.toEqual(failsWith('E_USAGE'));
});
