import type { LogArchive } from '../archive/LogArchive.ts';
import type { Location } from '../core/durability.ts';
import type { ClusterId, ServerId } from '../core/ids.ts';
import type { Clock } from '../ports/Clock.ts';
import type { LogServer } from '../ports/LogServer.ts';
import type { MetaStore } from '../ports/MetaStore.ts';
import type { Random } from '../ports/Random.ts';
import type { Reporter } from '../ports/Reporter.ts';
import type { Snapshots } from '../snapshots/Snapshots.ts';
import type { LogletPolicy } from '../virtuallog/policy.ts';

/** A cluster as the operations see it. */
export interface Cluster {
  readonly clusterId: ClusterId;
  readonly name: string;
  readonly logServers: ReadonlyMap<ServerId, LogServer>;
  readonly locations: ReadonlyMap<ServerId, Location>;
  readonly metaStore: MetaStore;
  readonly snapshots?: Snapshots;
  /** The entries of logs, in the same repository. */
  readonly archive?: LogArchive;
  /** What successors are made like, where the operator does not say otherwise. */
  readonly policy: LogletPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly reporter: Reporter;
}
