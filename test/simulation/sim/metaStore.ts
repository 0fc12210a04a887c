import type { Chain } from '../../../src/core/chain.ts';
import type { MemoryMetaStore } from '../../../src/drivers/memory/metaStore.ts';
import type { MetaStore } from '../../../src/ports/MetaStore.ts';
import { failure, type Network } from './network.ts';
import type { SimProcess } from './simProcess.ts';

const TIMEOUT_MS = 1_000;

/** A MetaStore of the world: the shipped memory registers, which can be down. */
export class SimMetaStore {
  readonly name: string;
  readonly registers: MemoryMetaStore;
  /** Told of every value that a register took. */
  readonly onInstall: (name: string, chain: Chain, by: SimProcess) => void;
  down = false;

  constructor(
    name: string,
    registers: MemoryMetaStore,
    onInstall: (name: string, chain: Chain, by: SimProcess) => void,
  ) {
    this.name = name;
    this.registers = registers;
    this.onInstall = onInstall;
  }

  seenBy(from: SimProcess, network: Network): MetaStore {
    const call = <T>(what: string, run: () => Promise<T>, once = false): Promise<T> =>
      network.call(from, this.name, { what, timeoutMs: TIMEOUT_MS, once }, async () => {
        if (this.down) throw failure(this.name, what, 'unavailable', 'it is down');
        return run();
      });
    const { registers } = this;
    return {
      description: registers.description,
      get: (logId) => call('get', () => registers.get(logId)),
      list: () => call('list', () => registers.list()),
      // "Never retried inside a driver"; a late one still arrives long after it was given up.
      compareAndSet: (logId, expected, chain) =>
        call(`compareAndSet ${chain.version}`, () => this.#set(from, logId, expected, chain), true),
      proveWritable: (logId) => call('proveWritable', () => registers.proveWritable(logId)),
      watch: (...args) => registers.watch(...args),
      history: (logId) => registers.history(logId),
      health: () => call('health', () => registers.health()),
      close: async () => {},
    };
  }

  async #set(
    from: SimProcess,
    ...args: Parameters<MetaStore['compareAndSet']>
  ): ReturnType<MetaStore['compareAndSet']> {
    const outcome = await this.registers.compareAndSet(...args);
    if (outcome.outcome === 'installed') this.onInstall(this.name, args[2], from);
    return outcome;
  }
}
