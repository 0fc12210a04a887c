import type { RegisterSet, RegisterValue } from '../core/registerSet.ts';
import type { MetaStoreHealth } from './MetaStore.ts';

export type PutOutcome =
  | { readonly outcome: 'installed' }
  /** The register has another version; nothing was written. */
  | { readonly outcome: 'conflict'; readonly current: RegisterValue | undefined };

/**
 * The MetaStore of an engine whose registers are only good together. Values pass through byte for byte. Every call may
 * throw `PortError`: `unavailable` means that nothing was done, `outcomeUnknown` that it may have been: read back.
 */
export interface RegisterStore {
  /** For people. Never holds secrets. */
  readonly description: { readonly kind: string; readonly endpoints: readonly string[] };

  /** Linearizable. `undefined` when the register was never written. */
  get(key: string): Promise<RegisterValue | undefined>;

  /**
   * All registers, consistent: read again until no version moved in between. Where the engine cannot list, the names
   * come from the registers themselves. Throws `conflict` when they never stood still.
   */
  readAll(): Promise<RegisterSet>;

  /** The versions of all registers, as cheaply as the engine gives them: to see that nothing changed. Not consistent. */
  versions(): Promise<ReadonlyMap<string, number>>;

  /**
   * Atomic for one register. Writes iff the register has the version `expected`; `undefined` expects none. Never
   * retried inside a driver.
   */
  compareAndSet(key: string, expected: number | undefined, value: RegisterValue): Promise<PutOutcome>;

  /**
   * Fills an empty store with a whole set. Where the engine can, in one transaction; else in the order that
   * lets no node see half of it and act on it. Idempotent, also after a crash in its middle: a register that already
   * holds exactly this value is left as it is. Throws `conflict`, having written nothing, when a register holds
   * something else.
   */
  fill(set: RegisterSet): Promise<void>;

  /** Proves that a compare-and-set would succeed now, without changing a value. Asked before anything is sealed. */
  proveWritable(): Promise<void>;

  health(): Promise<MetaStoreHealth>;

  close(): Promise<void>;
}
