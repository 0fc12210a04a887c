import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/drivers/local/clock.ts';
import { identifyProcess, isAlive } from '../../../src/drivers/local/processes.ts';
import { systemRandom } from '../../../src/drivers/local/random.ts';
import { runsDirectory } from '../../../src/drivers/local/runsDirectory.ts';
import { encodeRecord } from '../../../src/runs/journalText.ts';

const head = { command: 'rebuild-metastore', cluster: { id: 'c', name: 'prod' } };
const random = systemRandom();
let stateDir = '';

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'vlog-dr-runs-'));
});
afterEach(() => rm(stateDir, { recursive: true }));

const store = () => runsDirectory({ stateDir, clock: systemClock, random });
const journalOf = (runId: string) => join(stateDir, 'runs', runId, 'journal.jsonl');

/** A run that was killed after its first step: the lock of a process that is gone, and a journal without end. */
async function killedRun(): Promise<string> {
  const run = await store().open(head, '{"plan":1}');
  await run.journal.step('seal', async () => 12n, asPosition);
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const dead = await identifyProcess(child.pid ?? 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const [lock = ''] = await readdir(join(stateDir, 'lock'));
  await writeFile(join(stateDir, 'lock', lock), JSON.stringify({ runId: run.runId, process: dead }));
  return run.runId;
}

function asPosition(stored: unknown): bigint {
  return BigInt(stored as string);
}

test('a run keeps its plan and its steps, and is listed as done', async () => {
  const run = await store().open(head, '{"plan":1}');
  await run.journal.step('seal', async () => {});
  await run.finish('done');
  expect(await store().list()).toMatchObject([
    { runId: run.runId, state: 'done', stepsDone: 1, stepsBegun: 1 },
  ]);
  expect((await store().show(run.runId)).planJson).toBe('{"plan":1}');
});

test('while one run applies, another is refused and told which one', async () => {
  const run = await store().open(head, '{}');
  await expect(store().open(head, '{}')).rejects.toMatchObject({
    code: 'E_LOCKED',
    context: { runId: run.runId },
  });
  await run.finish('done');
  await (await store().open(head, '{}')).finish('done');
});

test('of many that start at once, one gets the lock', async () => {
  const tries = await Promise.allSettled(Array.from({ length: 12 }, () => store().open(head, '{}')));
  expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
});

test('the lock of a dead process is taken over, and its run goes on where it was', async () => {
  const runId = await killedRun();
  expect(await store().list()).toMatchObject([{ runId, state: 'killed', stepsDone: 1 }]);
  const resumed = await store().resume(runId);
  expect(await resumed.journal.step('seal', async () => 0n, asPosition)).toBe(12n);
  await resumed.finish('done');
  expect(await store().list()).toMatchObject([{ runId, state: 'done' }]);
});

test('a process that was given the pid of a dead holder does not keep the lock', async () => {
  const run = await store().open(head, '{}');
  const [lock = ''] = await readdir(join(stateDir, 'lock'));
  const self = await identifyProcess(process.pid);
  const reused = { runId: run.runId, process: { ...self, startedAt: 'earlier' } };
  await writeFile(join(stateDir, 'lock', lock), JSON.stringify(reused));
  await (await store().open(head, '{}')).finish('done');
});

test('of another machine nothing is known: its lock is respected', async () => {
  expect(await isAlive({ pid: 1, startedAt: 'x', host: 'another-machine' })).toBe(true);
});

test('a cut last line is dropped on resume, and the file is sound afterwards', async () => {
  const runId = await killedRun();
  await appendFile(journalOf(runId), '{"type":"begin","ste');
  const resumed = await store().resume(runId);
  await resumed.journal.step('install', async () => {});
  await resumed.finish('done');
  const types = (await readFile(journalOf(runId), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).type);
  expect(types).toEqual(['run', 'begin', 'done', 'resumed', 'begin', 'done', 'end']);
});

test.each([
  ['a word', '"begin"', '"bogus"'],
  ['a digit of a result', '"result":"12"', '"result":"13"'],
  ['its checksum', '"crc":"', '"crc":"0'],
])('a line in the middle with %s changed is refused, and says so', async (_, before, after) => {
  const runId = await killedRun();
  await appendFile(journalOf(runId), encodeRecord({ type: 'resumed', at: 1 }));
  const text = await readFile(journalOf(runId), 'utf8');
  expect(text).toContain(before);
  await writeFile(journalOf(runId), text.replace(before, after));
  await expect(store().resume(runId)).rejects.toMatchObject({ code: 'E_BAD_JOURNAL' });
  await expect(store().show(runId)).rejects.toMatchObject({ code: 'E_BAD_JOURNAL' });
  expect(await store().list()).toMatchObject([{ runId, state: 'unreadable' }]);
  await (await store().open(head, '{}')).finish('done');
});

test('a state directory that cannot be written is an error before anything is applied', async () => {
  await mkdir(join(stateDir, 'lock'));
  await writeFile(join(stateDir, 'runs'), 'a file where the directory belongs');
  await expect(store().open(head, '{}')).rejects.toMatchObject({ code: 'E_DISK' });
  await rm(join(stateDir, 'runs'));
  await (await store().open(head, '{}')).finish('done');
});
