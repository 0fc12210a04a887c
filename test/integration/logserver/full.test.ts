import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { crc32c } from '../../../src/codec/checksum.ts';
import type { Descriptor } from '../../../src/core/descriptor.ts';
import {
  describeLoglet,
  GENERATION,
  laterGeneration,
  only,
  openLoglet,
  refusal,
  value,
} from '../../contract/logServerWorld.ts';
import { compileLogServer, LogServerProcess } from '../../support/logserver/process.ts';

const ENTRY_BYTES = 512 * 1024;

let program: { dir: string; file: string };
let dir: string;
beforeAll(async () => {
  program = await compileLogServer();
});
afterAll(() => rm(program.dir, { recursive: true, force: true }));
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vlog-dr-full-'));
});
afterEach(async () => {
  await LogServerProcess.killRest();
  spawnSync('umount', [join(dir, 'disk')], { stdio: 'ignore' });
  await rm(dir, { recursive: true, force: true });
});

function large(position: bigint) {
  const payload = new Uint8Array(ENTRY_BYTES).fill(Number(position % 251n));
  return { position, payload, crc: crc32c(payload) };
}

/** Stores until the server refuses; the number of entries that were acknowledged. */
async function fill({ client }: LogServerProcess, { logletId }: Descriptor): Promise<bigint> {
  for (let position = 0n; position < 1_000n; position += 1n) {
    const answer = await client.store({ logletId, entries: [large(position)], knownCommitted: position });
    if (answer.ok) continue;
    expect(answer.refusal.code).toBe('full');
    return position;
  }
  throw new Error('the disk never filled');
}

async function surviveFull(file: string, data: string, wrap: readonly string[]): Promise<void> {
  let server = await LogServerProcess.start(file, data, wrap);
  const others = [];
  for (let count = 0; count < 20; count += 1) others.push((await openLoglet([server.client])).logletId);
  const descriptor = await openLoglet([server.client]);
  const { logletId } = descriptor;
  const tail = await fill(server, descriptor);
  expect(tail).toBeGreaterThan(2n);
  const again = { logletId, entries: [large(tail)], knownCommitted: tail };
  expect(refusal(await server.client.store(again))).toBe('full');
  // A refused write is not there in part, and what was acknowledged is read.
  const check = async () => {
    const state = value(only(await server.client.states([logletId])));
    expect(state).toMatchObject({ localTail: tail });
    for (let position = 0n; position < tail; position += 1n) {
      const request = { logletId, from: position, to: position + 1n, uncommitted: true };
      const [read] = value(await server.client.read(request)).entries;
      expect(read?.crc).toBe(large(position).crc);
    }
  };
  await check();
  for (const other of others) value(only(await server.client.seal(GENERATION, [other])));
  value(await server.client.adopt(laterGeneration(2)));
  value(await server.client.provision(laterGeneration(2), await describeLoglet([server.client])));
  value(only(await server.client.seal(laterGeneration(2), [logletId])));
  await server.kill();
  server = await LogServerProcess.start(file, data, wrap);
  await check();
  await server.stop();
}

test('a file that may not grow: entries are refused as `full`, reads and seals go on', async () => {
  const limited = ['sh', '-c', 'ulimit -f 24576; exec "$@"', 'sh'];
  await surviveFull(program.file, join(dir, 'data'), limited);
});

test('a full disk: entries are refused as `full`, reads and seals go on', async ({ skip }) => {
  const disk = join(dir, 'disk');
  await mkdir(disk);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk]).status !== 0) {
    process.stderr.write('SKIPPED: a full disk needs the right to mount one\n');
    skip();
  }
  await surviveFull(program.file, join(disk, 'data'), []);
});
