import type { Chain, ChainIdentity } from '../core/chain.ts';
import type { LogId } from '../core/ids.ts';

/** `ok`: a linearizable read works. `degraded`: it works, with members missing. `lost`: it does not. */
export interface MetaStoreHealth {
  readonly health: 'ok' | 'degraded' | 'lost';
  readonly members: readonly {
    readonly id: string;
    readonly endpoint: string;
    readonly state: 'ok' | 'unreachable';
    readonly detail?: string;
  }[];
}

export type CompareAndSetOutcome =
  | { readonly outcome: 'installed' }
  /** The register held something else; nothing was written. */
  | { readonly outcome: 'conflict'; readonly current: Chain | undefined };

/**
 * One versioned register for each log (Delos §3.2). Every call may throw `PortError`: `unavailable` means that
 * nothing was done, `denied` that it never will be, `corrupt` that stored bytes failed a check.
 */
export interface MetaStore {
  /** `file`, `etcd`, …, and where: for people. Never holds secrets. */
  readonly description: { readonly kind: string; readonly endpoints: readonly string[] };

  /** Linearizable. `undefined` when the register was never written. */
  get(logId: LogId): Promise<Chain | undefined>;

  /** The logs that have a register. Linearizable. */
  list(): Promise<LogId[]>;

  /**
   * Atomic. Writes `chain` iff the register holds exactly `expected` (compared by generation, version and digest);
   * `undefined` expects an empty register. Throws `outcomeUnknown` when the write may have happened: the caller
   * reads back before concluding anything. Never retried inside a driver.
   */
  compareAndSet(
    logId: LogId,
    expected: ChainIdentity | undefined,
    chain: Chain,
  ): Promise<CompareAndSetOutcome>;

  /**
   * Proves that a compare-and-set on this register could succeed now, without changing its value. Asked before a
   * loglet is sealed: sealing with the MetaStore down takes a healthy log down.
   */
  proveWritable(logId: LogId): Promise<void>;

  /**
   * Every value written after the given identity, in order, then new ones as they come; from the oldest known value
   * when `after` is `undefined`. Ends when the signal is aborted.
   */
  watch(logId: LogId, after: ChainIdentity | undefined, signal: AbortSignal): AsyncIterable<Chain>;

  /** Past values that the engine still keeps, oldest first, the current one last. */
  history(logId: LogId): AsyncIterable<Chain>;

  health(): Promise<MetaStoreHealth>;

  close(): Promise<void>;
}
