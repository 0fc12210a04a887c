import type { FollowEvent } from '../../codec/results/follow.ts';
import type { Snapshots } from '../../snapshots/Snapshots.ts';
import type { Cluster } from '../cluster.ts';

/** What a follower works with. */
export interface FollowDeps {
  readonly cluster: Cluster;
  readonly snapshots: Snapshots;
  readonly options: FollowOptions;
  /** Called in the order in which things happen; must not throw. */
  readonly tell: (event: FollowEvent) => void;
}

export interface FollowOptions {
  /** How often registers are held against the repository, and new logs looked for. */
  readonly checkMs: number;
  /** How often the whole cluster is assessed; 0: never. */
  readonly assessMs: number;
  /** How long a log may stay behind before it counts as not backed up. */
  readonly graceMs: number;
  /** Reads every snapshot back after it was written. */
  readonly verifyAfterUpload: boolean;
  /** Snapshots that are written at the same time. */
  readonly uploads: number;
}

export const FOLLOW_DEFAULTS: FollowOptions = {
  checkMs: 5_000,
  assessMs: 60_000,
  graceMs: 60_000,
  verifyAfterUpload: true,
  uploads: 8,
};
