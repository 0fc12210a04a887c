import { describe, expect, test } from 'vitest';
import { DrError } from '../../../src/core/errors.ts';
import { CLUSTER_ID, LOG, payloads, seenThrough, TestCluster, texts } from '../../support/cluster.ts';
import { around, Killed, Life } from '../../support/faults.ts';

const failsWith = (code: string) => expect.objectContaining({ code });
const request = { clusterId: CLUSTER_ID };

describe('a log is not created', () => {
  test('when it exists', async () => {
    const cluster = await TestCluster.start();
    await expect(cluster.client().create(request)).rejects.toEqual(failsWith('E_EXISTS'));
  });

  test('when a server has a loglet of it: the MetaStore was lost', async () => {
    const cluster = await TestCluster.start();
    await cluster.client().append(payloads('a'));
    cluster.metaStore.lose();
    await expect(cluster.client().create(request)).rejects.toEqual(failsWith('E_METASTORE_LOST'));
  });

  test('when the repository has a snapshot of it', async () => {
    const cluster = await TestCluster.start({ snapshots: 'required' });
    cluster.metaStore.lose();
    for (const server of cluster.servers.values()) server.kill();
    await expect(cluster.client().create(request)).rejects.toEqual(failsWith('E_METASTORE_LOST'));
  });

  test('while a server that could have it does not answer, unless that one is named', async () => {
    const cluster = await TestCluster.empty();
    const silent = cluster.server('s5');
    silent.kill();
    await expect(cluster.client().create(request)).rejects.toEqual(failsWith('E_UNREACHABLE'));
    await cluster.client().create({ ...request, without: [silent.serverId] });
    expect(await cluster.client().append(payloads('a'))).toEqual({
      outcome: 'acknowledged',
      positions: [0n],
    });
  });
});

test('of two who create a log, one does, and what the other made never takes an entry', async () => {
  const cluster = await TestCluster.empty();
  const results = await Promise.allSettled([
    cluster.client().create(request),
    cluster.client().create(request),
  ]);
  expect(results.filter((one) => one.status === 'fulfilled').length).toBe(1);
  expect(await cluster.client().append(payloads('a'))).toEqual({ outcome: 'acknowledged', positions: [0n] });
  expect(await cluster.client().collectOrphans()).toHaveLength(1);
  expect(await texts(cluster.client())).toEqual(['a']);
});

test('what an interrupted creation left is sealed before another first loglet is made', async () => {
  const cluster = await TestCluster.empty();
  const unheard = cluster.client({
    metaStore: around(cluster.metaStore, (name, call) =>
      name === 'compareAndSet' ? Promise.reject(new Killed()) : call(),
    ),
  });
  await expect(unheard.create(request)).rejects.toThrow('killed');
  const [left] = await cluster.loglets('s1');
  await cluster.client().create(request);
  const answer = left && (await cluster.server('s1').states([left]))[0]?.answer;
  expect(answer ? answer.ok && answer.value.sealed : undefined).toBe(true);
  expect((await cluster.metaStore.get(LOG))?.segments[0]?.logletId).not.toBe(left);
});

test('a creation killed at any call is done again, or finished, by the next', async () => {
  let calls = 0;
  for (; calls < 200; calls += 1) {
    const cluster = await TestCluster.empty({ snapshots: 'required' });
    const life = new Life(calls, true);
    const doomed = cluster.client({
      metaStore: life.of(cluster.metaStore),
      logServers: seenThrough(cluster.servers, (server) => life.of(server)),
      snapshots: life.of(cluster.snapshots),
    });
    await doomed.create(request).catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error;
    });
    const next = cluster.client();
    await next.create(request).catch((error: unknown) => {
      if (!(error instanceof DrError) || error.code !== 'E_EXISTS') throw error;
    });
    expect(await next.append(payloads('a'))).toEqual({ outcome: 'acknowledged', positions: [0n] });
    expect((await cluster.metaStore.get(LOG))?.segments.length).toBe(1);
    if (!life.ended) break;
  }
  expect(calls).toBeGreaterThan(10);
  expect(calls).toBeLessThan(200);
});
