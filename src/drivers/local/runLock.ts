import { readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '../../core/errors.ts';
import { makeDirectory } from '../wrap/durableFile.ts';
import { createFile, errorCode } from './durableFiles.ts';
import { identifySelf, isAlive, type ProcessIdentity } from './processes.ts';

/**
 * A lock of numbered files; the one with the highest number says who holds it, or that nobody does.
 *
 * 1. Read the highest number n. Held by a living process: refuse.
 * 2. Create n+1 exclusively. Of several that saw n, one succeeds; the others start again.
 * 3. Look again: if a higher number exists, n was old; withdraw and start again.
 * 4. Only then remove lower numbers. The highest is never removed, so a crash leaves at worst a dead holder.
 *
 * One file that is deleted to release would not do: two who find a dead holder could each delete the other's lock.
 */
interface Holder {
  readonly runId: string;
  readonly process: ProcessIdentity;
}

export interface RunLock {
  release(): Promise<void>;
}

export async function acquireLock(directory: string, runId: string): Promise<RunLock> {
  await makeDirectory(directory);
  const holder: Holder = { runId, process: await identifySelf() };
  for (;;) {
    const top = await highest(directory);
    const held = await livingHolder(directory, top);
    if (held !== undefined) throw lockedBy(held);
    const mine = top + 1;
    if (!(await createFile(pathOf(directory, mine), JSON.stringify(holder)))) continue;
    if ((await highest(directory)) === mine) {
      await removeBelow(directory, mine);
      return { release: () => release(directory, mine) };
    }
    await unlink(pathOf(directory, mine));
  }
}

/** The run that holds the lock, if its process lives. */
export async function currentHolder(directory: string): Promise<string | undefined> {
  const held = await livingHolder(directory, await highest(directory)).catch(() => undefined);
  return held?.runId;
}

async function release(directory: string, mine: number): Promise<void> {
  await createFile(pathOf(directory, mine + 1), JSON.stringify({ released: true }));
  await removeBelow(directory, mine + 1);
}

async function livingHolder(directory: string, number: number): Promise<Holder | undefined> {
  if (number === 0) return undefined;
  try {
    const holder = JSON.parse(await readFile(pathOf(directory, number), 'utf8')) as Partial<Holder>;
    if (holder.process === undefined || holder.runId === undefined) return undefined;
    const whole: Holder = { runId: holder.runId, process: holder.process };
    return (await isAlive(whole.process)) ? whole : undefined;
  } catch (error) {
    // Removed meanwhile: somebody else holds a higher number, which the next look will show.
    if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function highest(directory: string): Promise<number> {
  const numbers = (await numbersIn(directory).catch(() => [])).sort((a, b) => a - b);
  return numbers.at(-1) ?? 0;
}

async function removeBelow(directory: string, limit: number): Promise<void> {
  for (const number of await numbersIn(directory)) {
    if (number < limit) await unlink(pathOf(directory, number)).catch(() => undefined);
  }
}

async function numbersIn(directory: string): Promise<number[]> {
  return (await readdir(directory)).filter((name) => /^\d{12}$/.test(name)).map(Number);
}

function pathOf(directory: string, number: number): string {
  return join(directory, String(number).padStart(12, '0'));
}

function lockedBy(held: Holder): DrError {
  return new DrError('E_LOCKED', {
    message: `Run ${held.runId} (process ${held.process.pid} on ${held.process.host}) applies changes to this cluster. Nothing was done now.`,
    hint: `Wait for it, or look at it with \`vlog-dr runs show ${held.runId}\`.`,
    context: { runId: held.runId, pid: held.process.pid, host: held.process.host },
  });
}
