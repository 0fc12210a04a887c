import type { Interval } from '../evidence.ts';
import type { NodeIncarnation } from './evidence.ts';
import type { LogletAnswer, LogletLook, LogletShape } from './logletLook.ts';
import type { Problem, Verdict } from './problem.ts';
import type { ClusterNode, Segment } from './values.ts';

/** A chain that some register held. */
export interface KnownChain {
  readonly segments: readonly Segment[];
  /** Where it was found, for people. */
  readonly from: string;
}

export interface LogEvidence {
  readonly logId: number;
  /** The newest that is known; absent when the loglets alone must do. */
  readonly chain?: KnownChain;
  readonly answers: ReadonlyMap<bigint, readonly LogletAnswer[]>;
  readonly nodes: readonly ClusterNode[];
  /** Nodes whose log-server answered. */
  readonly answering: ReadonlySet<number>;
  /** What loglets are like that no register tells of: all log-servers, and the replication that the operator stated. */
  readonly otherwise: LogletShape;
  readonly sequencers: ReadonlyMap<bigint, NodeIncarnation>;
}

export interface RebuiltSegment {
  readonly segment: Segment;
  readonly end?: bigint;
  /** `register`: a register tells it. `loglets`: found on the log-servers, its base by summing the tails before it. */
  readonly from: 'register' | 'loglets';
  readonly look?: LogletLook;
  /** No register and no node told who writes it. */
  readonly isSequencerGuessed?: true;
}

export interface RebuiltLog {
  readonly logId: number;
  readonly verdict: Verdict;
  readonly segments: readonly RebuiltSegment[];
  /** Loglets that a chain does not list: empty ones share their base with the next, trimmed ones are gone. */
  readonly dropped: readonly { readonly logletId: bigint; readonly because: 'empty' | 'trimmed' }[];
  readonly last: 'active' | 'sealed' | 'undecided' | 'sealed in the chain' | 'unknown';
  /** Stored at the end, perhaps never acknowledged: kept. `to` is absent when silent nodes could hold more. */
  readonly atRisk?: Interval;
  readonly lost: readonly Interval[];
  /** How many segments the register did not have. */
  readonly completed: number;
  readonly problems: readonly Problem[];
}
