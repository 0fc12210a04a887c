import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logId } from '../../../src/core/ids.ts';
import { openFileMetaStore } from '../../../src/drivers/metastore-file/fileMetaStore.ts';
import { compile } from '../../support/compiled.ts';
import { collect } from '../../support/snapshots.ts';

const LOG = logId('1');
let dir: string;
let program: { dir: string; file: string };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vlog-dr-crash-'));
  program = await compile(new URL('./writer.ts', import.meta.url).pathname);
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
  await rm(program.dir, { recursive: true, force: true });
});

/** Two writers on one directory; both are killed when one has acknowledged so many versions. */
async function killedAfter(acknowledgements: number): Promise<number[]> {
  const writers = [0, 1].map(() =>
    spawn(process.execPath, [program.file, dir], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  const acknowledged: number[] = [];
  let enough = () => {};
  const isEnough = new Promise<void>((resolve) => {
    enough = resolve;
  });
  for (const writer of writers)
    createInterface(writer.stdout).on('line', (line) => {
      acknowledged.push(Number(line));
      if (acknowledged.length >= acknowledgements) enough();
    });
  await isEnough;
  const ends = writers.map((writer) => once(writer, 'close'));
  for (const writer of writers) writer.kill('SIGKILL');
  await Promise.all(ends);
  return acknowledged;
}

test('kill -9 of two writers, again and again: every acknowledged version is there, once and in order', async () => {
  const acknowledged: number[] = [];
  for (const count of [1, 7, 20, 3, 12]) acknowledged.push(...(await killedAfter(count)));
  const store = await openFileMetaStore({ dir });
  const versions = (await collect(store.history(LOG))).map((chain) => chain.version);
  expect(new Set(acknowledged).size).toBe(acknowledged.length);
  expect(versions).toEqual(versions.map((_, place) => place + 1));
  expect(versions).toEqual(expect.arrayContaining(acknowledged));
  expect(await store.get(LOG)).toMatchObject({ version: versions.length });
});

test('what a killed writer leaves behind is a temporary file, and nobody reads it', async () => {
  const names = await readdir(join(dir, 'logs', LOG));
  expect(names.filter((name) => !/^r\d{20}\.json$/.test(name) && !/^\..*\.tmp$/.test(name))).toEqual([]);
});
