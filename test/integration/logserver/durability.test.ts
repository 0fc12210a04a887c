import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openStoreReadOnly } from '../../../src/logserver/lmdb/readOnly.ts';
import { owner } from '../../../src/main/ownership.ts';
import { entries, entry, GENERATION, only, openLoglet, texts, value } from '../../contract/logServerWorld.ts';
import { HttpCluster } from '../../support/logserver/httpCluster.ts';
import { compileLogServer, LogServerProcess } from '../../support/logserver/process.ts';
import { readTrace } from '../../support/logserver/trace.ts';
import { needs } from '../../support/programs.ts';

let program: { dir: string; file: string };
let dir: string;
beforeAll(async () => {
  program = await compileLogServer();
});
afterAll(() => rm(program.dir, { recursive: true, force: true }));
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vlog-dr-durable-'));
});
afterEach(async () => {
  await LogServerProcess.killRest();
  await rm(dir, { recursive: true, force: true });
});

const strace = needs('strace');

test.skipIf(!strace)('no reply precedes the flush of what it promises', async () => {
  const log = join(dir, 'trace');
  const calls = 'trace=openat,pwrite64,pwritev,writev,write,fdatasync,fsync,msync';
  const traced = ['strace', '-f', '-s', '512', '-e', calls, '-o', log];
  const server = await LogServerProcess.start(program.file, join(dir, 'data'), traced);
  const { client } = server;
  const { logletId: id } = await openLoglet([client]);
  for (let position = 0n; position < 20n; position += 1n)
    value(await client.store({ logletId: id, entries: [entry(position)], knownCommitted: 0n }));
  value(only(await client.seal(GENERATION, [id])));
  await server.kill();
  const { replies, unflushed } = readTrace(await readFile(log, 'utf8'));
  expect(unflushed).toEqual([]);
  // One after the other, so each has a commit of its own before it.
  const stores = replies.filter(({ text }) => text.includes('{\\"localTail\\"'));
  const commits = stores.map((reply) => reply.commits);
  expect(commits).toHaveLength(20);
  expect(commits.every((count, at) => at === 0 || count > (commits[at - 1] ?? 0))).toBe(true);
});

test('kill -9, again and again: everything that was acknowledged is there, in order and unchanged', async () => {
  const data = join(dir, 'data');
  let server = await LogServerProcess.start(program.file, data);
  const loglets = await Promise.all([1, 2, 3].map(() => openLoglet([server.client])));
  const acknowledged = new Map(loglets.map(({ logletId }) => [logletId, 0n]));
  for (const enough of [10, 60, 25]) {
    const { client } = server;
    let answers = 0;
    let isEnough = () => {};
    const reached = new Promise<void>((resolve) => {
      isEnough = resolve;
    });
    const writing = loglets.map(async ({ logletId }) => {
      for (let from = acknowledged.get(logletId) ?? 0n; ; ) {
        const answer = await client.store({
          logletId,
          entries: entries(from, from + 5n),
          knownCommitted: from,
        });
        from = value(answer).localTail;
        acknowledged.set(logletId, from);
        answers += 1;
        if (answers >= enough) isEnough();
      }
    });
    const failed = Promise.allSettled(writing);
    await reached;
    await server.kill();
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    server = await LogServerProcess.start(program.file, data);
    for (const [logletId, tail] of acknowledged) {
      const state = value(only(await server.client.states([logletId])));
      expect(state.localTail).toBeGreaterThanOrEqual(tail);
      const request = { logletId, from: 0n, to: state.localTail, uncommitted: true };
      expect(texts(value(await server.client.read(request)).entries)).toEqual(
        texts(entries(0n, state.localTail)),
      );
    }
  }
  await server.stop();
});

test('a stopped server leaves a store that opens again with the same identity and another incarnation', async () => {
  const data = join(dir, 'data');
  const first = await LogServerProcess.start(program.file, data);
  const before = await first.client.status();
  await first.stop();
  const second = await LogServerProcess.start(program.file, data);
  const after = await second.client.status();
  await second.stop();
  expect(after).toEqual({ ...before, incarnation: after.incarnation });
  expect(after.incarnation).not.toBe(before.incarnation);
});

test('two servers never share a store; a dead one leaves no lock', async () => {
  const cluster = await HttpCluster.create();
  const code = expect.objectContaining({ code: 'E_STORE_LOCKED' });
  try {
    const dataDir = join(cluster.dir, 's1');
    const other = await LogServerProcess.start(program.file, dataDir);
    await expect(cluster.start('s1')).rejects.toEqual(code);
    await expect(openStoreReadOnly(dataDir, owner)).rejects.toEqual(code);
    await other.kill();
    expect((await (await cluster.start('s1')).status()).generation).toEqual(GENERATION);
    await expect(cluster.start('s1')).rejects.toEqual(code);
  } finally {
    await cluster.close();
  }
});
