import { expect, test } from 'vitest';
import { PortError } from '../../../src/core/errors.ts';
import type { ServerId } from '../../../src/core/ids.ts';
import { LOG, payloads, seenThrough, TestCluster, texts } from '../../support/cluster.ts';
import { around } from '../../support/faults.ts';

test('the tail of an ended loglet is not answered: a client with an old chain follows the log', async () => {
  const cluster = await TestCluster.start();
  const late = cluster.client();
  await late.chain();
  await cluster.client().append(payloads('a'));
  await cluster.client().reconfigure();
  await cluster.client().append(payloads('b'));
  expect(await late.checkTail()).toEqual({ kind: 'acknowledged', tail: 2n });
});

test('a loglet sealed by others, unknown to its sequencer, has no linearizable tail', async () => {
  const cluster = await TestCluster.start();
  await cluster.client().append(payloads('a'));
  const chain = await cluster.metaStore.get(LOG);
  const last = chain?.segments.at(-1);
  const sequencer = await cluster.sequencer();
  const other = (await cluster.members()).find((member) => member !== sequencer);
  if (chain === undefined || last === undefined) throw new Error('no chain');
  await other?.seal(chain.generation, [last.logletId]);
  expect(await cluster.client().checkTail()).toEqual({ kind: 'lowerBound', tail: 1n });
});

test('without the sequencer the tail is a lower bound, or the start of the successor that ends the loglet', async () => {
  const cluster = await TestCluster.start();
  const log = cluster.client();
  await log.append(payloads('a', 'b'));
  (await cluster.sequencer()).kill();
  // Under `all`, with one server silent, nothing is seen on a commit quorum.
  expect(await log.checkTail()).toEqual({ kind: 'lowerBound', tail: 0n });
  expect(await log.checkTail({ finish: true })).toEqual({ kind: 'boundary', tail: 2n });
  expect(await log.checkTail()).toEqual({ kind: 'acknowledged', tail: 2n });
});

test('a loglet that waits for its activation is completed, not ended, for a tail', async () => {
  const cluster = await TestCluster.start();
  await cluster.client().append(payloads('a'));
  const logServers = seenThrough(cluster.servers, (server) => without(server, 'activate'));
  await cluster
    .client({ logServers })
    .reconfigure()
    .catch(() => {});
  expect(await cluster.client().checkTail()).toEqual({ kind: 'lowerBound', tail: 1n });
  expect(await cluster.client().checkTail({ finish: true })).toEqual({ kind: 'acknowledged', tail: 1n });
  expect((await cluster.metaStore.get(LOG))?.version).toBe(2);
});

test('a client that lost its race answers with the boundary of the winner, never with the tail it inferred', async () => {
  const cluster = await TestCluster.start({ durability: { kind: 'majority' } });
  const first = await cluster.sequencer();
  const [second, third] = (await cluster.members()).filter((member) => member !== first);
  await cluster.client().append(payloads('a'));
  second?.kill();
  third?.kill();
  // Stored on one of three, and not acknowledged.
  const hasty = { append: { mayReconfigure: false }, patience: { appendTimeoutMs: 100 } } as const;
  await cluster.client(hasty).append(payloads('b'));
  second?.restart();
  third?.restart();

  // The winner hears second and third, and infers 1. Before it installs that, the loser hears first and second: there
  // `b` may have been acknowledged, and its tail is 2.
  const meeting = new Meeting();
  const winner = cluster.client({
    logServers: deafTo(cluster, first.serverId),
    metaStore: atInstall(cluster, () => meeting.winnerComes()),
  });
  const loser = cluster.client({
    logServers: deafTo(cluster, third?.serverId),
    metaStore: atInstall(cluster, () => meeting.loserComes(won)),
  });
  const won = winner.reconfigure();
  await meeting.winnerIsThere;
  expect(await loser.checkTail({ finish: true })).toEqual({ kind: 'boundary', tail: 1n });
  expect(await won).toMatchObject({ outcome: 'installed', sealed: { tail: 1n } });
  expect(await winner.append(payloads('c'))).toEqual({ outcome: 'acknowledged', positions: [1n] });
  expect(await texts(loser)).toEqual(['a', 'c']);
});

/** The winner waits before its install until the loser stands before its own, and goes first. */
class Meeting {
  #tellWinner: () => void = () => {};
  #tellLoser: () => void = () => {};
  readonly winnerIsThere = new Promise<void>((resolve) => {
    this.#tellWinner = resolve;
  });
  readonly #loserIsThere = new Promise<void>((resolve) => {
    this.#tellLoser = resolve;
  });

  winnerComes(): Promise<unknown> {
    this.#tellWinner();
    return this.#loserIsThere;
  }

  loserComes(won: Promise<unknown>): Promise<unknown> {
    this.#tellLoser();
    return won;
  }
}

function atInstall(cluster: TestCluster, wait: () => Promise<unknown>) {
  return around(cluster.metaStore, (name, call) => (name === 'compareAndSet' ? wait().then(call) : call()));
}

function deafTo(cluster: TestCluster, deaf: ServerId | undefined) {
  return seenThrough(cluster.servers, (server) =>
    server.serverId === deaf ? without(server, 'status', 'seal', 'states', 'acknowledgedTail') : server,
  );
}

function without<T extends object>(server: T, ...names: string[]): T {
  return around(server, (name, call) =>
    names.includes(name)
      ? Promise.reject(new PortError('unavailable', { subject: name, message: 'no answer' }))
      : call(),
  );
}
