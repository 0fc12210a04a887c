import { expect, test } from 'vitest';
import { PortError } from '../../../src/core/errors.ts';
import { LOG, payloads, seenThrough, TestCluster, texts } from '../../support/cluster.ts';
import { around } from '../../support/faults.ts';

const options = { intervalMs: 100, thresholdMs: 1_000 };

async function versionOf(cluster: TestCluster): Promise<number | undefined> {
  return (await cluster.metaStore.get(LOG))?.version;
}

test('a healthy log is left alone', async () => {
  const cluster = await TestCluster.start();
  await cluster.client().append(payloads('a'));
  const detector = cluster.client().detector(options);
  for (let look = 0; look < 20; look += 1) {
    expect(await detector.check()).toEqual({ health: 'ok' });
    await cluster.clock.sleep(100);
  }
  expect(await versionOf(cluster)).toBe(1);
});

test('a server that is gone is waited for as long as the threshold says, then left behind', async () => {
  const cluster = await TestCluster.start();
  const dead = await cluster.sequencer();
  dead.kill();
  const detector = cluster.client().detector(options);
  expect(await detector.check()).toMatchObject({ health: 'broken', gone: [dead.serverId], forGood: false });
  await cluster.clock.sleep(500);
  await detector.check();
  expect(await versionOf(cluster)).toBe(1);
  await cluster.clock.sleep(600);
  await detector.check();
  expect(await versionOf(cluster)).toBe(2);
  expect(await detector.check()).toEqual({ health: 'ok' });
  expect(await cluster.client().append(payloads('a'))).toEqual({ outcome: 'acknowledged', positions: [0n] });
});

test('a server that returns within the threshold clears the suspicion', async () => {
  const cluster = await TestCluster.start();
  const sequencer = await cluster.sequencer();
  const other = (await cluster.members()).find((member) => member !== sequencer);
  const detector = cluster.client().detector(options);
  for (let round = 0; round < 3; round += 1) {
    other?.kill();
    expect(await detector.check()).toMatchObject({ health: 'broken' });
    await cluster.clock.sleep(800);
    other?.restart();
    expect(await detector.check()).toEqual({ health: 'ok' });
  }
  expect(await versionOf(cluster)).toBe(1);
});

test('a sequencer whose process ended is not waited for', async () => {
  const cluster = await TestCluster.start();
  await cluster.client().append(payloads('a'));
  (await cluster.sequencer()).restart();
  await cluster.client().detector(options).check();
  expect(await versionOf(cluster)).toBe(2);
});

test('an activation that somebody left is finished, and a store that missed it is told', async () => {
  const cluster = await TestCluster.start({ durability: { kind: 'majority' } });
  const [missed] = await cluster.members();
  const logServers = seenThrough(cluster.servers, (server) =>
    around(server, (name, call) =>
      name === 'activate' && server.serverId !== 's1'
        ? Promise.reject(new PortError('unavailable', { subject: name, message: 'no answer' }))
        : call(),
    ),
  );
  await cluster
    .client({ logServers })
    .reconfigure()
    .catch(() => {});
  const detector = cluster.client().detector(options);
  expect(await detector.check()).toMatchObject({ health: 'incomplete' });
  expect(await detector.check()).toEqual({ health: 'ok' });
  expect(await versionOf(cluster)).toBe(2);
  expect(missed?.running).toBe(true);
});

test('of many detectors one moves the log, and the others follow it', async () => {
  const cluster = await TestCluster.start();
  await cluster.client().append(payloads('a'));
  const stop = new AbortController();
  const runs = [1, 2, 3].map(() => cluster.client().detector(options).run(stop.signal));
  (await cluster.sequencer()).kill();
  await cluster.clock.sleep(5_000);
  stop.abort();
  await Promise.all(runs);
  expect(await versionOf(cluster)).toBe(2);
  expect(await cluster.client().append(payloads('b'))).toEqual({ outcome: 'acknowledged', positions: [1n] });
  expect(await texts(cluster.client())).toEqual(['a', 'b']);
});

test('a detector goes on when a log cannot be brought back yet', async () => {
  const cluster = await TestCluster.start({ servers: 3 });
  const stop = new AbortController();
  const run = cluster.client().detector(options).run(stop.signal);
  const all = [...cluster.servers.values()];
  for (const server of all) server.kill();
  await cluster.clock.sleep(5_000);
  expect(cluster.warnings.at(-1)).toContain('could not be brought back');
  for (const server of all) server.restart();
  await cluster.clock.sleep(5_000);
  stop.abort();
  await run;
  expect(await versionOf(cluster)).toBe(2);
});
