import type { Chain } from '../core/chain.ts';
import type { LogId } from '../core/ids.ts';
import type { EnsureOptions } from '../snapshots/write.ts';

/** What the client of a log needs of the repository. */
export interface LogSnapshots {
  /** Identity of the repository: what a descriptor names must be what is written to. */
  repositoryId(): Promise<string | undefined>;
  /**
   * The chain version is in the repository, after every lower one of its generation, when it resolves. Idempotent.
   * Throws `E_FENCED` when a recovery occupied its place.
   */
  ensureSnapshot(chain: Chain, options: EnsureOptions): Promise<unknown>;
  /** Whether the repository has a snapshot of this log: then an empty register is a lost one. */
  knows(logId: LogId): Promise<boolean>;
}
