import type { Chain } from './chain.ts';
import type { Location } from './durability.ts';
import type { Generation } from './generation.ts';
import type { ClusterId, LogId, LogletId, ServerId, StoreId } from './ids.ts';
import type { LogletState, LogTrim, ServerStatus } from './logletState.ts';

/** What a server told us when it was asked for everything it knows. */
export type ServerAnswer =
  | {
      readonly kind: 'answered';
      readonly status: ServerStatus;
      /** Read from the data directory of a stopped server: evidence, but it can be neither fenced nor sealed. */
      readonly offline: boolean;
      readonly trims: readonly LogTrim[];
      readonly loglets: readonly LogletState[];
      /** Records that failed their digest: something is there, and it is not used. */
      readonly damaged: readonly { readonly logletId: LogletId; readonly detail: string }[];
    }
  | { readonly kind: 'silent'; readonly detail: string }
  /** A formatted store without a generation: its disk is new, it knows nothing and proves nothing. */
  | { readonly kind: 'unadmitted'; readonly status: ServerStatus }
  | { readonly kind: 'foreign'; readonly status: ServerStatus };

/** One server of the universe: configured, or named in any descriptor. */
export interface ObservedServer {
  readonly serverId: ServerId;
  readonly location: Location;
  readonly configured: boolean;
  readonly answer: ServerAnswer;
}

/** A chain that somebody read from the register once: a snapshot, a client's cache, a surviving MetaStore member. */
export interface ChainEvidence {
  readonly source: 'snapshot' | 'cache' | 'metastore' | 'register';
  /** Where it was found, for people. */
  readonly name: string;
  readonly chain: Chain;
  /** When a snapshot was taken, by its writer's clock. For people only; nothing is decided by it. */
  readonly takenAt?: number;
}

/** Evidence that was found and is not used, and why. */
export interface RejectedEvidence {
  readonly source: ChainEvidence['source'] | 'descriptor';
  readonly name: string;
  readonly problem: string;
}

export interface RepositoryEvidence {
  readonly repositoryId: string;
  /** Complete, strongly consistent, enforcing put-if-absent: probed in this very place. */
  readonly canFence: boolean;
  readonly whyNot?: string;
  readonly greatestClaim?: Generation;
}

/** What is known of a cluster at one moment. Values only; planning is a function of this. */
export interface Observation {
  readonly clusterId: ClusterId;
  readonly servers: readonly ObservedServer[];
  readonly chains: readonly ChainEvidence[];
  readonly rejected: readonly RejectedEvidence[];
  readonly repository?: RepositoryEvidence;
  /** What the target register of each log holds; a log that is absent here has an empty register. */
  readonly registers: readonly { readonly logId: LogId; readonly chain: Chain }[];
  /** False when the target MetaStore did not answer. */
  readonly registerReadable: boolean;
}

/** A copy of a loglet on one store of those that answered. */
export interface Copy {
  readonly serverId: ServerId;
  readonly storeId: StoreId;
  readonly offline: boolean;
  /** Its store was taken out of service: it shows what it holds, and gives and does nothing. */
  readonly retired?: true;
  readonly state: LogletState;
}

/** A half-open interval of positions; `to` is absent when nobody knows where it ends. */
export interface Interval {
  readonly from: bigint;
  readonly to?: bigint;
}
