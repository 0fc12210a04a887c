import { describe, expect, test } from 'vitest';
import { type Chain, lastSegment } from '../../../src/core/chain.ts';
import { DrError, PortError } from '../../../src/core/errors.ts';
import { FIRST_GENERATION } from '../../../src/core/generation.ts';
import { recoveryId, serverId } from '../../../src/core/ids.ts';
import type { MetaStore } from '../../../src/ports/MetaStore.ts';
import { LOG, payloads, seenThrough, TestCluster, texts } from '../../support/cluster.ts';
import { around } from '../../support/faults.ts';

async function chainOf(cluster: TestCluster): Promise<Chain> {
  const chain = await cluster.metaStore.get(LOG);
  if (chain === undefined) throw new Error('the register is empty');
  return chain;
}

const failsWith = (code: string) => expect.objectContaining({ code });

describe('the order of the steps', () => {
  test('prove, seal, provision everywhere, install, snapshot, activate, close', async () => {
    const cluster = await TestCluster.start({ snapshots: 'required' });
    const calls: string[] = [];
    const traced = <T extends object>(port: T): T =>
      around(port, (name, call) => {
        calls.push(name);
        return call();
      });
    const log = cluster.client({
      metaStore: traced(cluster.metaStore),
      logServers: seenThrough(cluster.servers, traced),
      snapshots: traced(cluster.snapshots),
    });
    await log.refresh();
    calls.length = 0;
    await log.reconfigure();
    const steps = calls.filter((name) => !['get', 'status', 'states', 'repositoryId'].includes(name));
    expect(steps.join(' ')).toBe(
      'proveWritable ensureSnapshot seal seal seal provision provision provision compareAndSet ' +
        'ensureSnapshot activate activate activate close close close',
    );
  });

  test('with the MetaStore down nothing is sealed, and appends go on', async () => {
    const cluster = await TestCluster.start();
    const log = cluster.client({ metaStore: readOnly(cluster.metaStore) });
    await log.append(payloads('a'));
    await expect(log.reconfigure()).rejects.toEqual(failsWith('E_METASTORE_UNAVAILABLE'));
    expect(await log.append(payloads('b'))).toEqual({ outcome: 'acknowledged', positions: [1n] });
  });

  test('with no place for a successor nothing is sealed', async () => {
    const cluster = await TestCluster.start();
    const log = cluster.client();
    await expect(log.reconfigure({ servers: [serverId('s9')] })).rejects.toEqual(
      failsWith('E_NO_ADMISSIBLE_NODESET'),
    );
    expect(await log.append(payloads('a'))).toEqual({ outcome: 'acknowledged', positions: [0n] });
    expect((await chainOf(cluster)).version).toBe(1);
  });

  test('with a required repository down nothing is sealed', async () => {
    const cluster = await TestCluster.start({ snapshots: 'required' });
    const log = cluster.client({ snapshots: failing(cluster) });
    await expect(log.reconfigure()).rejects.toEqual(failsWith('E_REPOSITORY_UNAVAILABLE'));
    expect(await log.append(payloads('a'))).toEqual({ outcome: 'acknowledged', positions: [0n] });
  });
});

describe('the snapshot of a new version', () => {
  test('when it is required and fails, the loglet is not activated until it succeeds', async () => {
    const cluster = await TestCluster.start({ snapshots: 'required' });
    const log = cluster.client({ snapshots: failing(cluster, { after: 1 }) });
    await expect(log.reconfigure()).rejects.toEqual(failsWith('E_REPOSITORY_UNAVAILABLE'));
    const chain = await chainOf(cluster);
    expect(chain.version).toBe(2);
    expect(await activeOn(cluster, chain)).toBe(0);
    await cluster.client().complete();
    expect(await activeOn(cluster, chain)).toBe(3);
    expect(await cluster.client().append(payloads('a'))).toEqual({
      outcome: 'acknowledged',
      positions: [0n],
    });
  });

  test('the rule of the predecessor binds, not the looser one of the loglet itself', async () => {
    const cluster = await TestCluster.start({ snapshots: 'required' });
    const loose = { ...cluster.policy, snapshots: { mode: 'off' } as const };
    const log = cluster.client({ policy: loose, snapshots: failing(cluster, { after: 1 }) });
    await expect(log.reconfigure()).rejects.toEqual(failsWith('E_REPOSITORY_UNAVAILABLE'));
    // A client without a repository may not finish it either.
    await expect(cluster.clientWithoutRepository().complete()).rejects.toEqual(
      failsWith('E_REPOSITORY_UNAVAILABLE'),
    );
    expect(await activeOn(cluster, await chainOf(cluster))).toBe(0);
  });

  test('in another repository than the log names it does not count', async () => {
    const cluster = await TestCluster.start({ snapshots: 'required' });
    const elsewhere = { ...cluster.snapshots, repositoryId: async () => 'another' };
    const log = cluster.client({ snapshots: elsewhere });
    await expect(log.reconfigure()).rejects.toEqual(failsWith('E_REPOSITORY_UNSAFE'));
    expect((await chainOf(cluster)).version).toBe(1);
  });

  test('when it is best-effort and fails, the log goes on and somebody is told', async () => {
    const cluster = await TestCluster.start({ snapshots: 'best-effort' });
    const log = cluster.client({ snapshots: failing(cluster) });
    expect(await log.reconfigure()).toMatchObject({ outcome: 'installed', snapshot: 'failed' });
    expect(cluster.warnings).toEqual([expect.stringContaining('not in the repository')]);
  });
});

describe('two reconfigurers', () => {
  test('one wins; the other adopts the winner and deletes its own loglet', async () => {
    const cluster = await TestCluster.start();
    const [a, b] = [cluster.client(), cluster.client()];
    await a.append(payloads('x'));
    const results = await Promise.all([a.reconfigure(), b.reconfigure()]);
    expect(results.map((one) => one.outcome).sort()).toEqual(['installed', 'superseded']);
    const chain = await chainOf(cluster);
    expect(chain.version).toBe(2);
    const named = new Set(chain.segments.map((segment) => segment.logletId));
    for (const name of ['s1', 's2', 's3', 's4', 's5'])
      for (const held of await cluster.loglets(name)) expect(named).toContain(held);
    expect(await b.append(payloads('y'))).toEqual({ outcome: 'acknowledged', positions: [1n] });
    expect(await texts(a)).toEqual(['x', 'y']);
  });

  test('a loglet installed by a write that was late is no orphan', async () => {
    const cluster = await TestCluster.start();
    // The answer is lost and the write arrives; the client must find out, not give up its loglet.
    const log = cluster.client({ metaStore: losingAnswers(cluster.metaStore, 1) });
    expect(await log.reconfigure()).toMatchObject({ outcome: 'installed' });
    expect((await chainOf(cluster)).version).toBe(2);
    expect(await log.collectOrphans()).toEqual([]);
    expect(await log.append(payloads('a'))).toEqual({ outcome: 'acknowledged', positions: [0n] });
  });

  test('a write that arrives after its time-out is still the one write: no second loglet is installed', async () => {
    const cluster = await TestCluster.start();
    let delayed: (() => unknown) | undefined;
    const metaStore = around(cluster.metaStore, async (name, call) => {
      if (name !== 'compareAndSet') return call();
      if (delayed === undefined) {
        delayed = call;
        throw new PortError('outcomeUnknown', { subject: name, message: 'timed out' });
      }
      await delayed();
      return call();
    });
    expect(await cluster.client({ metaStore }).reconfigure()).toMatchObject({ outcome: 'installed' });
    const chain = await chainOf(cluster);
    expect([chain.version, chain.segments.length]).toEqual([2, 2]);
    expect(await cluster.client().collectOrphans()).toEqual([]);
  });

  test('a loglet whose write may still arrive is no orphan, before another has its index', async () => {
    const cluster = await TestCluster.start();
    const metaStore = around(cluster.metaStore, (name, call) =>
      name === 'compareAndSet'
        ? Promise.reject(new PortError('outcomeUnknown', { subject: name, message: 'timed out' }))
        : call(),
    );
    const log = cluster.client({ metaStore });
    await expect(log.reconfigure()).rejects.toEqual(failsWith('E_OUTCOME_UNKNOWN'));
    expect(await cluster.client().collectOrphans()).toEqual([]);
    await cluster.client().reconfigure();
    expect(await cluster.client().collectOrphans()).toHaveLength(1);
  });

  test('a loglet that lost its index is no orphan before the winner is active', async () => {
    const cluster = await TestCluster.start();
    const metaStore = around(cluster.metaStore, (name, call) =>
      name === 'compareAndSet'
        ? Promise.reject(new PortError('outcomeUnknown', { subject: name, message: 'timed out' }))
        : call(),
    );
    await expect(cluster.client({ metaStore }).reconfigure()).rejects.toEqual(failsWith('E_OUTCOME_UNKNOWN'));
    const logServers = seenThrough(cluster.servers, (server) =>
      around(server, (name, call) => (name === 'activate' ? noAnswer(name) : call())),
    );
    await expect(cluster.client({ logServers }).reconfigure()).rejects.toEqual(failsWith('E_UNREACHABLE'));
    expect(await cluster.client().collectOrphans()).toEqual([]);
    await cluster.client().complete();
    expect(await cluster.client().collectOrphans()).toHaveLength(1);
  });

  test('a write without an answer, extended by another client before it is read back, has won', async () => {
    const cluster = await TestCluster.start();
    const other = cluster.client();
    const metaStore = losingAnswers(cluster.metaStore, 1, async () => {
      await other.reconfigure();
    });
    expect(await cluster.client({ metaStore }).reconfigure()).toMatchObject({ outcome: 'installed' });
    expect((await chainOf(cluster)).segments.length).toBe(3);
    expect(await other.append(payloads('a'))).toEqual({ outcome: 'acknowledged', positions: [0n] });
  });

  test('a trim that takes the version only costs another round', async () => {
    const cluster = await TestCluster.start();
    const other = cluster.client();
    await other.append(payloads('a', 'b'));
    const metaStore = around(cluster.metaStore, (name, call) =>
      name === 'compareAndSet' ? trimFirst(other).then(call) : call(),
    );
    expect(await cluster.client({ metaStore }).reconfigure()).toMatchObject({ outcome: 'installed' });
    const chain = await chainOf(cluster);
    expect([chain.trimPoint, chain.segments.length]).toEqual([1n, 2]);
    expect(await texts(other, { from: 1n })).toEqual(['b']);
    // The loglet of the first round lost its version to the trim, and its index to the second round.
    expect((await other.collectOrphans()).length).toBe(1);
  });
});

/** A log of two loglets with an entry in each, and what its register held before the second. */
async function extended() {
  const cluster = await TestCluster.start();
  const log = cluster.client();
  const before = await chainOf(cluster);
  await log.append(payloads('a'));
  await log.reconfigure();
  await log.append(payloads('b'));
  return { cluster, log, before };
}

describe('a register that is not the newest', () => {
  test('an old register is noticed by the close record of a loglet that it calls the last', async () => {
    const { cluster, log, before } = await extended();
    const fresh = cluster.client({ metaStore: holding(cluster.metaStore, before) });
    await expect(fresh.reconfigure()).rejects.toEqual(failsWith('E_STALE_REGISTER'));
    expect(await texts(log)).toEqual(['a', 'b']);
  });

  test('a register that a recovery wrote without that successor is not old: the log goes on at the recorded end', async () => {
    const { cluster, before } = await extended();
    const generation = { number: 2, recoveryId: recoveryId('0000000000000000000000000A') };
    for (const server of cluster.servers.values()) await server.adopt(generation);
    const recovered = { ...before, generation, version: 1_002, generationStart: 1_002 };
    cluster.metaStore.lose();
    await cluster.metaStore.compareAndSet(LOG, undefined, recovered);
    const fresh = cluster.client();
    expect(await fresh.reconfigure()).toMatchObject({ outcome: 'installed', sealed: { tail: 1n } });
    expect(await fresh.append(payloads('c'))).toEqual({ outcome: 'acknowledged', positions: [1n] });
    expect(await texts(fresh)).toEqual(['a', 'c']);
  });

  test('a client refuses a register older than what it has read, and goes on appending', async () => {
    const cluster = await TestCluster.start();
    const old = await chainOf(cluster);
    let isOld = false;
    const metaStore = around(cluster.metaStore, (name, call) =>
      isOld && name === 'get' ? Promise.resolve(old) : call(),
    );
    const log = cluster.client({ metaStore });
    await log.reconfigure();
    isOld = true;
    await expect(log.reconfigure()).rejects.toEqual(failsWith('E_STALE_REGISTER'));
    expect(await log.append(payloads('a'))).toEqual({ outcome: 'acknowledged', positions: [0n] });
  });

  test('an empty register where there was a chain is a lost MetaStore: appends go on, nothing is created', async () => {
    const cluster = await TestCluster.start();
    const log = cluster.client();
    await log.append(payloads('a'));
    cluster.metaStore.lose();
    expect(await log.append(payloads('b'))).toEqual({ outcome: 'acknowledged', positions: [1n] });
    await expect(log.reconfigure()).rejects.toEqual(failsWith('E_METASTORE_LOST'));
    expect(await texts(log)).toEqual(['a', 'b']);
  });

  test('a server under a later generation stops the client before anything is sealed', async () => {
    const cluster = await TestCluster.start();
    const later = { number: 2, recoveryId: recoveryId('0000000000000000000000000A') };
    await cluster.server('s5').adopt(later);
    await expect(cluster.client().reconfigure()).rejects.toEqual(failsWith('E_STALE_GENERATION'));
    expect(await cluster.client().append(payloads('a'))).toEqual({
      outcome: 'acknowledged',
      positions: [0n],
    });
  });
});

describe('the last loglet', () => {
  test('without a seal quorum is not ended, and the sets that would settle it are named', async () => {
    const cluster = await TestCluster.start({ durability: { kind: 'majority' } });
    const [first, second] = await cluster.members();
    first?.kill();
    second?.kill();
    const failure = await cluster
      .client()
      .reconfigure()
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(failure).toEqual(failsWith('E_UNSEALABLE'));
    expect(failure instanceof DrError && failure.context.wouldSettle).toEqual([
      [first?.serverId],
      [second?.serverId],
    ]);
  });

  test('is not disturbed by a client that reaches too few of its servers', async () => {
    const cluster = await TestCluster.start({ durability: { kind: 'majority' } });
    const log = cluster.client();
    await log.append(payloads('a'));
    const [reached] = await cluster.members();
    const logServers = seenThrough(cluster.servers, (server) =>
      around(server, (name, call) =>
        server !== reached && name === 'status'
          ? Promise.reject(new PortError('unavailable', { subject: name, message: 'no route' }))
          : call(),
      ),
    );
    await expect(cluster.client({ logServers }).reconfigure()).rejects.toEqual(failsWith('E_UNSEALABLE'));
    expect(await log.append(payloads('b'))).toEqual({ outcome: 'acknowledged', positions: [1n] });
    expect((await chainOf(cluster)).version).toBe(1);
  });

  test('is not sealed by a server that returns with a new disk', async () => {
    const cluster = await TestCluster.start({ nodesetSize: 2, servers: 4 });
    await cluster.client().append(payloads('a'));
    const [first, second] = await cluster.members();
    second?.kill();
    first?.wipe();
    first?.restart();
    const status = await first?.status();
    if (first === undefined || status === undefined) throw new Error('no member');
    await first.admit(FIRST_GENERATION, status.storeId);
    await expect(cluster.client().reconfigure()).rejects.toEqual(failsWith('E_UNSEALABLE'));
  });

  test('is left for one that its rules allow; another policy takes two reconfigurations', async () => {
    const cluster = await TestCluster.start();
    const majority = { kind: 'majority' } as const;
    const rules = [...cluster.policy.nextRules, { durability: majority, minNodesetSize: 3, minZones: 0 }];
    const log = cluster.client({ policy: { ...cluster.policy, nextRules: rules } });
    await expect(log.reconfigure({ durability: majority })).rejects.toEqual(
      failsWith('E_NO_ADMISSIBLE_NODESET'),
    );
    await log.reconfigure();
    await log.reconfigure({ durability: majority });
    expect(lastSegment(await chainOf(cluster)).durability).toEqual(majority);
  });

  test('a suspicion of a loglet that is not the last any more ends nothing', async () => {
    const cluster = await TestCluster.start();
    const suspect = lastSegment(await chainOf(cluster)).logletId;
    await cluster.client().reconfigure();
    expect(await cluster.client().reconfigure({ suspect })).toMatchObject({ outcome: 'superseded' });
    expect((await chainOf(cluster)).version).toBe(2);
  });

  test('is provisioned anew when a store of the nodeset fails in between', async () => {
    const cluster = await TestCluster.start();
    let failed: string | undefined;
    const logServers = seenThrough(cluster.servers, (server) =>
      around(server, (name, call) => {
        if (name !== 'provision') return call();
        failed ??= server.serverId;
        return failed === server.serverId ? noAnswer(name) : call();
      }),
    );
    await cluster.client({ logServers }).reconfigure();
    const last = lastSegment(await chainOf(cluster));
    expect(last.nodeset.map((member) => member.serverId)).not.toContain(failed);
    expect(last.nodeset.length).toBe(3);
    for (const member of await cluster.members())
      expect(await cluster.loglets(member.serverId)).toContain(last.logletId);
  });

  test('is repaired to its end on every store that answers', async () => {
    const cluster = await TestCluster.start({ durability: { kind: 'majority' } });
    const sequencer = await cluster.sequencer();
    const members = await cluster.members();
    const lagging = members.find((member) => member !== sequencer);
    lagging?.kill();
    await cluster.client().append(payloads('a', 'b'));
    sequencer.kill();
    lagging?.restart();
    const { sealed } = await cluster.client().reconfigure();
    expect(sealed).toMatchObject({ tail: 2n, underReplicated: false });
    const { logletId } = (await chainOf(cluster)).segments[0] ?? {};
    const answer = logletId && (await lagging?.states([logletId]))?.[0]?.answer;
    expect(answer ? answer.ok && answer.value.localTail : undefined).toBe(2n);
  });
});

const noAnswer = (subject: string) =>
  Promise.reject(new PortError('unavailable', { subject, message: 'no answer' }));

function readOnly(metaStore: MetaStore): MetaStore {
  return around(metaStore, (name, call) =>
    name === 'proveWritable' || name === 'compareAndSet'
      ? Promise.reject(new PortError('unavailable', { subject: name, message: 'no quorum' }))
      : call(),
  );
}

/** Writes that happen, and whose answers are lost; `then` runs before the client can read back. */
function losingAnswers(metaStore: MetaStore, count: number, then: () => Promise<void> = async () => {}) {
  let left = count;
  return around(metaStore, (name, call) => {
    if (name !== 'compareAndSet' || left === 0) return call();
    left -= 1;
    return Promise.resolve(call())
      .then(then)
      .then(() => {
        throw new PortError('outcomeUnknown', { subject: name, message: 'timed out' });
      });
  });
}

/** A register that was restored from an old backup. */
function holding(metaStore: MetaStore, old: Chain): MetaStore {
  return around(metaStore, (name, call) => (name === 'get' ? Promise.resolve(old) : call()));
}

function failing(cluster: TestCluster, { after = 0 } = {}) {
  let left = after;
  return around(cluster.snapshots, (name, call) => {
    if (name !== 'ensureSnapshot') return call();
    left -= 1;
    if (left >= 0) return call();
    return Promise.reject(new PortError('unavailable', { subject: 'repository', message: 'down' }));
  });
}

async function activeOn(cluster: TestCluster, chain: Chain): Promise<number> {
  const { logletId } = lastSegment(chain);
  const answers = await Promise.all(
    (await cluster.members()).map(async (server) => (await server.states([logletId]))[0]?.answer),
  );
  return answers.filter((answer) => answer?.ok && answer.value.activatedAt !== undefined).length;
}

async function trimFirst(log: ReturnType<TestCluster['client']>): Promise<void> {
  await log.trim(1n);
}
