import { isPortError } from '../../core/errors.ts';
import type { Repository, RepositoryGuarantees } from '../../ports/Repository.ts';

/**
 * Tries what recovery rests on, in the very place where it will rest on it: some servers answer that they created an
 * object where one was, and only when the bucket keeps versions. Leaves nothing behind where it may delete.
 */
export async function probeRepository(repository: Repository, key: string): Promise<RepositoryGuarantees> {
  const [first, second] = ['the first writer', 'a second writer'].map((text) =>
    new TextEncoder().encode(text),
  );
  if (first === undefined || second === undefined) throw new Error('two probes are written');
  const created = await repository.putIfAbsent(key, first);
  const again = await repository.putIfAbsent(key, second);
  const back = await repository.get(key);
  const listed = await lists(repository, key);
  await repository.delete(key).catch(mayNotDelete);
  const held = back === undefined ? undefined : new TextDecoder().decode(back);
  const createIfAbsent = created === 'created' && again === 'exists' && held === 'the first writer';
  const guarantees = { createIfAbsent, readAfterWrite: held !== undefined, listAfterWrite: listed };
  return { ...guarantees, problems: problemsOf(guarantees) };
}

function problemsOf(found: Omit<RepositoryGuarantees, 'problems'>): string[] {
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

/** A repository that nobody may delete from is a good one; the probe stays. */
function mayNotDelete(error: unknown): void {
  if (!isPortError(error, 'denied')) throw error;
}
