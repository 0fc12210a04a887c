import { isRepositoryKey } from '../../codec/repositoryKey.ts';
import type { Repository, RepositoryGuarantees } from '../../ports/Repository.ts';

/** Objects in this process. */
export class MemoryRepository implements Repository {
  readonly url: string;
  readonly #objects = new Map<string, Uint8Array>();

  constructor(name = 'backups') {
    this.url = `memory:${name}`;
  }

  async putIfAbsent(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    mustBeKey(key);
    if (this.#objects.has(key)) return 'exists';
    this.#objects.set(key, bytes.slice());
    return 'created';
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    mustBeKey(key);
    this.#objects.set(key, bytes.slice());
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#objects.get(key)?.slice();
  }

  async *list(prefix: string): AsyncIterable<string> {
    yield* [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  async delete(key: string): Promise<void> {
    this.#objects.delete(key);
  }

  async probe(): Promise<RepositoryGuarantees> {
    return { createIfAbsent: true, readAfterWrite: true, listAfterWrite: true, problems: [] };
  }

  async close(): Promise<void> {}
}

function mustBeKey(key: string): void {
  if (!isRepositoryKey(key)) throw new Error(`not a repository key: ${key}`);
}
