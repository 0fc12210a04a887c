import type { SnapshotPolicy } from '../core/chain.ts';
import type { Durability, SuccessorRule } from '../core/durability.ts';

/** What this client wants of the loglets that it makes. */
export interface LogletPolicy {
  readonly durability: Durability;
  /** How many servers a nodeset should have; fewer are taken when no more are live and the rules allow it. */
  readonly nodesetSize: number;
  /** What the successor of a loglet made here may be. */
  readonly nextRules: readonly SuccessorRule[];
  /** What binds the activation of that successor. */
  readonly snapshots: SnapshotPolicy;
}

/** How patient a client is. Milliseconds. */
export interface Patience {
  /** An append that was neither acknowledged nor refused for good by then ends. */
  readonly appendTimeoutMs: number;
  /** A sequencer that does not answer for this long is suspected. */
  readonly suspectMs: number;
  /** First pause between two tries; doubled up to sixteen times itself, with jitter. */
  readonly retryMs: number;
  /** How long a compare-and-set without an answer is read back. */
  readonly installTimeoutMs: number;
}

export const DEFAULT_PATIENCE: Patience = {
  appendTimeoutMs: 30_000,
  suspectMs: 3_000,
  retryMs: 50,
  installTimeoutMs: 30_000,
};
