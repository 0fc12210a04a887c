import type { Chain, ChainIdentity } from '../../core/chain.ts';
import type { LogId } from '../../core/ids.ts';
import type { CompareAndSetOutcome, MetaStore, MetaStoreHealth } from '../../ports/MetaStore.ts';
import { holds, placeAfter } from '../wrap/chainOrder.ts';

/** Registers in this process. `lose` is the disaster: they are gone, and the store goes on, empty. */
export class MemoryMetaStore implements MetaStore {
  readonly description = { kind: 'memory', endpoints: [] };
  #registers = new Map<LogId, Chain[]>();
  #waiting = new Set<() => void>();

  async get(logId: LogId): Promise<Chain | undefined> {
    return this.#values(logId).at(-1);
  }

  async list(): Promise<LogId[]> {
    return [...this.#registers.keys()].sort();
  }

  async compareAndSet(
    logId: LogId,
    expected: ChainIdentity | undefined,
    chain: Chain,
  ): Promise<CompareAndSetOutcome> {
    const values = this.#values(logId);
    const current = values.at(-1);
    if (!holds(current, expected)) return { outcome: 'conflict', current };
    values.push(chain);
    this.#registers.set(logId, values);
    this.#wake();
    return { outcome: 'installed' };
  }

  async proveWritable(_logId?: LogId): Promise<void> {}

  async *watch(logId: LogId, after: ChainIdentity | undefined, signal: AbortSignal): AsyncIterable<Chain> {
    signal.addEventListener('abort', this.#wake, { once: true });
    let values = this.#values(logId);
    let place = await placeAfter(after, values.length, (at) => values[at]);
    while (!signal.aborted) {
      const value = values[place];
      if (value !== undefined) {
        place += 1;
        yield value;
      } else if (values !== this.#values(logId) && this.#registers.has(logId)) {
        // Lost and written anew: what is there now was not seen yet.
        values = this.#values(logId);
        place = 0;
      } else await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    signal.removeEventListener('abort', this.#wake);
  }

  async *history(logId: LogId): AsyncIterable<Chain> {
    yield* [...this.#values(logId)];
  }

  async health(): Promise<MetaStoreHealth> {
    return { health: 'ok', members: [{ id: 'memory', endpoint: 'memory', state: 'ok' }] };
  }

  async close(): Promise<void> {}

  /** All registers are gone, as after the loss of every disk. */
  lose(): void {
    this.#registers = new Map();
  }

  #values(logId: LogId): Chain[] {
    return this.#registers.get(logId) ?? [];
  }

  #wake = (): void => {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  };
}
