import { describe, expect, test } from 'vitest';
import { PortError } from '../../../src/core/errors.ts';
import type { ChainCache } from '../../../src/ports/ChainCache.ts';
import type { LogServer } from '../../../src/ports/LogServer.ts';
import { LOG, payloads, seenThrough, TestCluster, texts } from '../../support/cluster.ts';
import { around } from '../../support/faults.ts';

const failsWith = (code: string) => expect.objectContaining({ code });

describe('appends of one client', () => {
  test('stand in the log in the order of the calls, exactly once, also across reconfigurations', async () => {
    const cluster = await TestCluster.start();
    const log = cluster.client();
    const expected = Array.from({ length: 200 }, (_, place) => `e${place}`);
    const appends = expected.map(async (text, place) => {
      if (place % 50 === 25) void cluster.client().reconfigure();
      return log.append(payloads(text));
    });
    const results = await Promise.all(appends);
    expect(new Set(results.map((one) => one.outcome))).toEqual(new Set(['acknowledged']));
    await cluster.client().reconfigure();
    for (let round = 0; round < 3; round += 1) await log.append(payloads(`r${round}`));
    expect(await texts(log)).toEqual([...expected, 'r0', 'r1', 'r2']);
  });

  test('of an empty batch need nobody', async () => {
    const cluster = await TestCluster.empty();
    expect(await cluster.client().append([])).toEqual({ outcome: 'acknowledged', positions: [] });
  });

  test('to a log that does not exist say so', async () => {
    const cluster = await TestCluster.empty();
    await expect(cluster.client().append(payloads('a'))).rejects.toEqual(failsWith('E_UNKNOWN_LOG'));
  });

  test('go on when the sequencer died: the log is reconfigured', async () => {
    const cluster = await TestCluster.start();
    const log = cluster.client();
    await log.append(payloads('a'));
    (await cluster.sequencer()).kill();
    expect(await log.append(payloads('b'))).toEqual({ outcome: 'acknowledged', positions: [1n] });
    expect(await texts(log)).toEqual(['a', 'b']);
  });

  test('go on when the sequencer came back as another process', async () => {
    const cluster = await TestCluster.start();
    const log = cluster.client();
    await log.append(payloads('a'));
    (await cluster.sequencer()).restart();
    expect(await log.append(payloads('b'))).toEqual({ outcome: 'acknowledged', positions: [1n] });
  });

  test('with neither sequencer nor MetaStore are refused, and said to be certainly not stored', async () => {
    const cluster = await TestCluster.start();
    let isDown = false;
    const metaStore = around(cluster.metaStore, (name, call) =>
      isDown ? Promise.reject(new PortError('unavailable', { subject: name, message: 'down' })) : call(),
    );
    const log = cluster.client({ metaStore });
    await log.append(payloads('a'));
    isDown = true;
    (await cluster.sequencer()).kill();
    await expect(log.append(payloads('b'))).rejects.toEqual(failsWith('E_APPEND_FAILED'));
    isDown = false;
    expect(await log.append(payloads('c'))).toEqual({ outcome: 'acknowledged', positions: [1n] });
    expect(await texts(log)).toEqual(['a', 'c']);
  });

  test('go on with the cached chain in a client that starts while the MetaStore is down', async () => {
    const cluster = await TestCluster.start();
    const cache = new MemoryChainCache();
    await cluster.client({ chainCache: cache }).append(payloads('a'));
    const metaStore = around(cluster.metaStore, (name) =>
      Promise.reject(new PortError('unavailable', { subject: name, message: 'down' })),
    );
    const fresh = cluster.client({ metaStore, chainCache: cache });
    expect(await fresh.append(payloads('b'))).toEqual({ outcome: 'acknowledged', positions: [1n] });
    expect(await texts(fresh)).toEqual(['a', 'b']);
  });

  test('are not followed into a register that lost what the cache remembers', async () => {
    const cluster = await TestCluster.start();
    const cache = new MemoryChainCache();
    const old = await cluster.metaStore.get(LOG);
    await cluster.client({ chainCache: cache }).reconfigure();
    const metaStore = around(cluster.metaStore, (name, call) =>
      name === 'get' ? Promise.resolve(old) : call(),
    );
    const fresh = cluster.client({ metaStore, chainCache: cache });
    await expect(fresh.reconfigure()).rejects.toEqual(failsWith('E_STALE_REGISTER'));
    expect(await fresh.append(payloads('a'))).toEqual({ outcome: 'acknowledged', positions: [0n] });
  });
});

describe('an append whose outcome is not known', () => {
  test('turns out acknowledged when the loglet ends above it', async () => {
    const cluster = await TestCluster.start();
    const log = cluster.client();
    await log.append(payloads('a'));
    await killOther(cluster);
    // The sequencer waits in vain, stops, and the survivors have the entry: it is kept.
    expect(await log.append(payloads('b'))).toEqual({ outcome: 'acknowledged', positions: [1n] });
    expect(await texts(log)).toEqual(['a', 'b']);
  });

  test('turns out not to be in the log when the loglet ends below it, and is appended again', async () => {
    const cluster = await TestCluster.start();
    const logServers = await returningAtSeal(cluster);
    const log = cluster.client({ logServers });
    expect(await log.append(payloads('b', 'c'))).toEqual({ outcome: 'acknowledged', positions: [0n, 1n] });
    expect((await cluster.metaStore.get(LOG))?.segments.map((segment) => segment.end)).toEqual([
      0n,
      undefined,
    ]);
    expect(await texts(log)).toEqual(['b', 'c']);
  });

  test('turns out not to be in the log, and is only said to be certainly not there if that was asked', async () => {
    const cluster = await TestCluster.start();
    const logServers = await returningAtSeal(cluster);
    const log = cluster.client({ logServers, append: { retryUnknown: false } });
    await expect(log.append(payloads('b'))).rejects.toEqual(failsWith('E_APPEND_FAILED'));
    expect(await texts(log)).toEqual([]);
  });

  test('stays unknown, with its positions, for a client that may only wait', async () => {
    const cluster = await TestCluster.start();
    const log = cluster.client({ append: { mayReconfigure: false } });
    await killOther(cluster);
    const result = await log.append(payloads('a'));
    expect(result).toMatchObject({ outcome: 'unknown', positions: [0n], acknowledged: 0 });
    if (result.outcome !== 'unknown') return;
    expect(await log.finalEnd(result.logletId)).toBe('notYet');
    await cluster.client().reconfigure();
    expect(await log.finalEnd(result.logletId)).toEqual({ end: 1n });
  });

  test('is not settled by a successor that is installed and not active yet', async () => {
    const cluster = await TestCluster.start();
    await killOther(cluster);
    const told = await cluster.client({ append: { mayReconfigure: false } }).append(payloads('a'));
    if (told.outcome !== 'unknown') throw new Error(`the outcome is ${told.outcome}`);
    const logServers = seenThrough(cluster.servers, (server) =>
      around(server, (name, call) =>
        name === 'activate'
          ? Promise.reject(new PortError('unavailable', { subject: name, message: 'no answer' }))
          : call(),
      ),
    );
    await cluster
      .client({ logServers })
      .reconfigure()
      .catch(() => {});
    expect((await cluster.metaStore.get(LOG))?.version).toBe(2);
    expect(await cluster.client().finalEnd(told.logletId)).toBe('notYet');
    await cluster.client().complete();
    expect(await cluster.client().finalEnd(told.logletId)).toEqual({ end: 1n });
  });

  test('without an answer from the sequencer stays unknown, and is never sent twice', async () => {
    const cluster = await TestCluster.start();
    let sent = 0;
    const logServers = seenThrough(cluster.servers, (server) =>
      around(server, (name, call) => {
        if (name !== 'append') return call();
        sent += 1;
        return Promise.resolve(call()).then(() => {
          throw new PortError('outcomeUnknown', { subject: name, message: 'reset' });
        });
      }),
    );
    const log = cluster.client({ logServers });
    expect(await log.append(payloads('a'))).toMatchObject({ outcome: 'unknown', positions: [] });
    expect(sent).toBe(1);
    expect(await texts(log)).toEqual(['a']);
  });
});

/** Kills a member that is not the sequencer: under `all`, appends wait for it. */
async function killOther(cluster: TestCluster) {
  const sequencer = await cluster.sequencer();
  const other = (await cluster.members()).find((member) => member !== sequencer);
  other?.kill();
  return other;
}

/** A member is gone while the entry is stored elsewhere, and back, without it, when the loglet is sealed. */
async function returningAtSeal(cluster: TestCluster): Promise<Map<LogServer['serverId'], LogServer>> {
  const other = await killOther(cluster);
  return seenThrough(cluster.servers, (server) =>
    around(server, (name, call) => {
      if (name === 'status' && other?.running === false) other.restart();
      return call();
    }),
  );
}

class MemoryChainCache implements ChainCache {
  #saved: Awaited<ReturnType<ChainCache['load']>>;

  async load() {
    return this.#saved;
  }

  async save(chain: NonNullable<Awaited<ReturnType<ChainCache['load']>>>) {
    this.#saved = chain;
  }
}
