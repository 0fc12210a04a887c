import { isPortError } from '../../core/errors.ts';
import type { Repository, RepositoryGuarantees } from '../../ports/Repository.ts';

/** Writers that want one key at the same time, and how often that is tried. */
const WRITERS = 8;
const RACES = 3;

/**
 * Tries what recovery rests on, in the very place where it will rest on it. Some servers create an object where one
 * is, and only when the bucket keeps versions; Ceph 20 refuses there a second writer, and lets all win who come at
 * once. So both are tried. Leaves nothing behind where it may delete. Keys begin with `key`.
 */
export async function probeRepository(repository: Repository, key: string): Promise<RepositoryGuarantees> {
  const found = await probeOnce(repository, key);
  let createIfAbsent = found.createIfAbsent;
  let won = 0;
  // A race that nobody won says nothing: an answer was lost, and the retry met its own first try. It is run again.
  for (let race = 1; race <= 2 * RACES && won < RACES && createIfAbsent; race += 1) {
    const outcome = await raceFor(repository, `${key}-${race}`);
    if (outcome === 'one') won += 1;
    createIfAbsent = outcome !== 'several';
  }
  const guarantees = { ...found, createIfAbsent: createIfAbsent && won > 0 };
  return { ...guarantees, problems: problemsOf(guarantees) };
}

type Promises = Omit<RepositoryGuarantees, 'problems'>;

async function probeOnce(repository: Repository, key: string): Promise<Promises> {
  await repository.putIfAbsent(key, bytesOf('the first writer'));
  const again = await repository.putIfAbsent(key, bytesOf('a second writer'));
  const held = await textAt(repository, key);
  const listAfterWrite = await lists(repository, key);
  await repository.delete(key).catch(mayNotDelete);
  const createIfAbsent = again === 'exists' && held === 'the first writer';
  return { createIfAbsent, readAfterWrite: held !== undefined, listAfterWrite };
}

async function raceFor(repository: Repository, key: string): Promise<'none' | 'one' | 'several'> {
  const writers = Array.from({ length: WRITERS }, (_, index) => `writer ${index}`);
  const outcomes = await Promise.all(writers.map((text) => repository.putIfAbsent(key, bytesOf(text))));
  const held = await textAt(repository, key);
  await repository.delete(key).catch(mayNotDelete);
  const winners = writers.filter((_, index) => outcomes[index] === 'created');
  if (winners.length === 0 && held !== undefined) return 'none';
  return winners.length === 1 && winners[0] === held ? 'one' : 'several';
}

function problemsOf(found: Promises): string[] {
  const problems: string[] = [];
  if (!found.createIfAbsent)
    problems.push(
      'It lets a second writer have a key that exists: two recoveries could both take one place.',
    );
  if (!found.readAfterWrite) problems.push('It does not give out an object that was just written.');
  if (!found.listAfterWrite) problems.push('It does not list an object that was just written.');
  return problems;
}

async function lists(repository: Repository, wanted: string): Promise<boolean> {
  for await (const key of repository.list(wanted)) if (key === wanted) return true;
  return false;
}

async function textAt(repository: Repository, key: string): Promise<string | undefined> {
  const bytes = await repository.get(key);
  return bytes && new TextDecoder().decode(bytes);
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A repository that nobody may delete from is a good one; the probe stays. */
function mayNotDelete(error: unknown): void {
  if (!isPortError(error, 'denied')) throw error;
}
