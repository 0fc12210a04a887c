import type { SnapshotDocument } from '../../codec/snapshot.ts';
import { type Chain, chainDigest } from '../../core/chain.ts';
import { compareGenerations } from '../../core/generation.ts';

/** How a register stands to the newest snapshot of its log. */
export type Standing =
  /** Neither knows the log. */
  | 'none'
  | 'same'
  /** The repository lacks what the register has. */
  | 'behind'
  /** The register is empty, and the repository knows a chain. */
  | 'lost'
  /** The register is older than the repository. */
  | 'backwards'
  /** Two chains of one version. */
  | 'differs';

/** An old or an empty register must never be backed up as if it were the truth: it hides what was newer. */
export function standingOf(register: Chain | undefined, newest: SnapshotDocument | undefined): Standing {
  if (register === undefined) return newest === undefined ? 'none' : 'lost';
  if (newest === undefined) return 'behind';
  const order =
    compareGenerations(register.generation, newest.generation) || register.version - newest.version;
  if (order !== 0) return order > 0 ? 'behind' : 'backwards';
  return chainDigest(register) === newest.chainDigest ? 'same' : 'differs';
}

/** What is kept. A snapshot that either rule keeps stays; at least one of a log always does. */
export interface Retention {
  /** So many of the newest ones of each log. */
  readonly keep: number;
  /** Those taken at or after this time, in milliseconds since 1970. */
  readonly keepFrom?: number;
}

export interface Prunable {
  readonly version: number;
  readonly kind: 'snapshot' | 'gap';
  readonly takenAt: number;
}

/**
 * Which of a log's documents to delete, given oldest first: only ones older than everything kept, so that no hole
 * comes between those that stay. Ages are by the clocks of the writers; they never save less than `keep` does.
 */
export function planPrune<T extends Prunable>(oldestFirst: readonly T[], retention: Retention): T[] {
  const snapshots = oldestFirst.filter(({ kind }) => kind === 'snapshot');
  const byCount = snapshots.at(-Math.max(1, retention.keep));
  const { keepFrom } = retention;
  const byAge = keepFrom === undefined ? undefined : snapshots.find(({ takenAt }) => takenAt >= keepFrom);
  // Fewer than are to be kept: then nothing is deleted.
  if (byCount === undefined) return [];
  const cut = Math.min(
    oldestFirst.indexOf(byCount),
    byAge === undefined ? Infinity : oldestFirst.indexOf(byAge),
  );
  return oldestFirst.slice(0, cut);
}
