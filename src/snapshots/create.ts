import { DrError, isPortError } from '../core/errors.ts';
import type { Repository } from '../ports/Repository.ts';

/** How often a write whose outcome stays unknown is tried before that is said. */
const TRIES = 3;

export type Created =
  | { readonly outcome: 'created' }
  /** Something else has the key; what it is. */
  | { readonly outcome: 'exists'; readonly bytes: Uint8Array };

/**
 * Create-if-absent whose outcome is settled: after a lost answer the object itself says who wrote it. Throws
 * `PortError` when the repository cannot be asked.
 */
export async function createObject(repository: Repository, key: string, bytes: Uint8Array): Promise<Created> {
  for (let tries = 1; ; tries += 1) {
    try {
      if ((await repository.putIfAbsent(key, bytes)) === 'created') return { outcome: 'created' };
    } catch (error) {
      if (!isPortError(error, 'outcomeUnknown') || tries === TRIES) throw error;
    }
    const there = await repository.get(key);
    if (there !== undefined)
      return sameBytes(there, bytes) ? { outcome: 'created' } : { outcome: 'exists', bytes: there };
    if (tries === TRIES) throw notThere(repository, key);
  }
}

function notThere(repository: Repository, key: string): DrError {
  return new DrError('E_REPOSITORY_UNSAFE', {
    message: `${repository.url} does not take ${key} because it exists, and does not give it out. Nothing may be concluded from what it lists.`,
    context: { key },
  });
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
