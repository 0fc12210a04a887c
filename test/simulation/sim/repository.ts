import { MemoryRepository } from '../../../src/drivers/memory/repository.ts';
import type { Repository } from '../../../src/ports/Repository.ts';
import { failure, type Network } from './network.ts';
import type { SimProcess } from './simProcess.ts';

const TIMEOUT_MS = 1_500;
const NAME = 'repository';

/** What is wrong with what the repository holds; each must be noticed, not believed. */
export type Rot = 'truncated' | 'forged' | 'moved';

/** The repository of the world. */
export class SimRepository {
  readonly objects = new MemoryRepository('simulated');
  readonly name = NAME;
  down = false;
  /** It does not enforce "if absent", and its probe shows it. */
  careless = false;
  /** How long a call of this process takes there. */
  delay: (from: SimProcess) => Promise<void> = async () => {};
  readonly #damaged = new Map<string, Uint8Array>();
  readonly #hidden = new Set<string>();

  /** Damages the newest object under a prefix. */
  async damage(prefix: string, rot: Rot): Promise<string | undefined> {
    const keys: string[] = [];
    for await (const key of this.objects.list(prefix)) if (key.includes('/logs/')) keys.push(key);
    const key = keys.at(-1);
    const bytes = key === undefined ? undefined : await this.objects.get(key);
    if (key === undefined || bytes === undefined) return undefined;
    const other = rot === 'moved' && keys[0] !== key ? await this.objects.get(keys[0] ?? key) : undefined;
    this.#damaged.set(key, other ?? (rot === 'forged' ? forged(bytes) : bytes.slice(0, bytes.length >> 1)));
    return key;
  }

  /** Answers as it was some documents ago. */
  async growStale(count: number): Promise<void> {
    const keys = (await this.#keys('')).filter((key) => key.includes('/logs/'));
    for (const key of keys.slice(-count)) this.#hidden.add(key);
  }

  heal(): void {
    this.#damaged.clear();
    this.#hidden.clear();
  }

  seenBy(from: SimProcess, network: Network): Repository {
    const call = <T>(what: string, run: () => Promise<T>, once = false): Promise<T> =>
      network.call(from, NAME, { what, timeoutMs: TIMEOUT_MS, once }, async () => {
        if (this.down) throw failure(NAME, what, 'unavailable', 'it is down');
        await this.delay(from);
        return run();
      });
    const { objects } = this;
    return {
      url: objects.url,
      putIfAbsent: (key, bytes) => call(`putIfAbsent ${key}`, () => this.#putIfAbsent(key, bytes)),
      put: (key, bytes) => call(`put ${key}`, () => objects.put(key, bytes)),
      get: (key) => call(`get ${key}`, () => this.#get(key)),
      list: (prefix) => listed(() => call(`list ${prefix}`, () => this.#keys(prefix))),
      delete: (key) => call(`delete ${key}`, () => objects.delete(key)),
      probe: () => call('probe', () => this.#probe()),
      close: async () => {},
    };
  }

  async #get(key: string): Promise<Uint8Array | undefined> {
    return this.#hidden.has(key) ? undefined : (this.#damaged.get(key) ?? this.objects.get(key));
  }

  async #putIfAbsent(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    if (!this.careless) return this.objects.putIfAbsent(key, bytes);
    await this.objects.put(key, bytes);
    return 'created';
  }

  async #keys(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const key of this.objects.list(prefix)) if (!this.#hidden.has(key)) keys.push(key);
    return keys;
  }

  async #probe(): ReturnType<Repository['probe']> {
    const sound = await this.objects.probe();
    if (!this.careless) return sound;
    return { ...sound, createIfAbsent: false, problems: ['A second writer was not refused.'] };
  }
}

async function* listed(keys: () => Promise<string[]>): AsyncGenerator<string> {
  yield* await keys();
}

/** Another number in the text, its digest not made anew. */
function forged(bytes: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(bytes);
  return new TextEncoder().encode(
    text.replace(/"version":\s*(\d+)/, (_, version) => `"version":${Number(version) + 1}`),
  );
}
