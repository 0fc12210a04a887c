import type { ArchivePlace } from './archive.ts';
import { digestOnce } from './canonical.ts';
import type { Durability, NodesetMember, SuccessorRule } from './durability.ts';
import type { Generation } from './generation.ts';
import type { ClusterId, Incarnation, LogId, LogletId, Position, ServerId, StoreId } from './ids.ts';

/**
 * The kinds of loglet that a segment can be stored in. `archive`: it was native, no server of it is left, and its entries
 * are read in place from a repository.
 */
export type LogletKind = 'native' | 'archive';

/** Who assigns positions in a loglet: one process of a server, not the server. */
export interface Sequencer {
  readonly serverId: ServerId;
  readonly incarnation: Incarnation;
}

/** Whether a chain version must be in the repository before its last loglet may be activated. */
export interface SnapshotPolicy {
  readonly mode: 'required' | 'best-effort' | 'off';
  /** Identity of the repository, as written in its `repository.json`. Present unless the mode is `off`. */
  readonly repositoryId?: string;
}

/** Loss that an operator accepted for a segment: everything at or above `from` may be missing. */
export interface AcceptedLoss {
  readonly from: Position;
  /** Servers that were silent and that the operator stated to be cut off for good. */
  readonly fencedOutside: readonly ServerId[];
  readonly reason: string;
}

export interface Segment {
  readonly index: number;
  readonly logletId: LogletId;
  readonly kind: LogletKind;
  readonly start: Position;
  /** Exclusive. Absent on the last segment only; equal to the next one's `start`. */
  readonly end?: Position;
  readonly nodeset: readonly NodesetMember[];
  readonly durability: Durability;
  /** Absent only on a rebuilt segment of which no store survived: if it is the last, the log waits for a successor. */
  readonly sequencer?: Sequencer;
  /**
   * The rule of its predecessor required a snapshot before this loglet's activation. Whoever extends a chain whose
   * last loglet has this and is not active must get that snapshot written first, whatever the rule is by then.
   */
  readonly snapshotRequired?: boolean;
  readonly loss?: AcceptedLoss;
  /** Of an `archive` segment. Its other members still say what its loglet was: copies that return are what they were. */
  readonly archive?: ArchivePlace;
}

/** The value of one log's register in the MetaStore. */
export interface Chain {
  readonly clusterId: ClusterId;
  readonly logId: LogId;
  readonly generation: Generation;
  /** Rises by one with every reconfiguration, by a thousand or more with a recovery. */
  readonly version: number;
  /** The first version of this generation: the one that has no predecessor in the repository. */
  readonly generationStart: number;
  /** Positions below it are gone on purpose. */
  readonly trimPoint: Position;
  /** Stores taken out of service for good: they can hold no successor. */
  readonly retired: readonly StoreId[];
  /** Ascending by index, without gaps. Segments wholly below the trim point may be left out. */
  readonly segments: readonly Segment[];
  /** What the last segment allows its successor to be; the same as in its descriptor. */
  readonly nextRules: readonly SuccessorRule[];
  /** What binds the activation of the last segment's successor; the same as in its descriptor. */
  readonly snapshots: SnapshotPolicy;
  /** Set by a recovery until it is verified: nothing may be trimmed or collected. */
  readonly frozen?: boolean;
}

/** What a compare-and-set compares: never an engine's own revision alone. */
export interface ChainIdentity {
  readonly generation: Generation;
  readonly version: number;
  readonly digest: string;
}

export const chainDigest: (chain: Chain) => string = digestOnce((chain) => chain.segments);

export function identityOf(chain: Chain): ChainIdentity {
  return { generation: chain.generation, version: chain.version, digest: chainDigest(chain) };
}

/** The segment that takes appends. Every chain has one. */
export function lastSegment(chain: Chain): Segment {
  const last = chain.segments.at(-1);
  if (last === undefined) throw new Error(`chain of log ${chain.logId} has no segment`);
  return last;
}

/** The segment that holds a position, or `undefined` below the first one. */
export function segmentAt(chain: Chain, position: Position): Segment | undefined {
  let low = 0;
  let high = chain.segments.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const segment = chain.segments[middle];
    if (segment === undefined) return undefined;
    if (position < segment.start) high = middle - 1;
    else if (segment.end !== undefined && position >= segment.end) low = middle + 1;
    else return segment;
  }
  return undefined;
}

/** Ends the last segment where its successor starts, and adds the successor. The version rises by one. */
export function extendChain(
  chain: Chain,
  successor: Segment,
  next: { nextRules: readonly SuccessorRule[]; snapshots: SnapshotPolicy; retired?: readonly StoreId[] },
): Chain {
  const last = lastSegment(chain);
  return {
    ...chain,
    version: chain.version + 1,
    segments: [
      ...chain.segments.slice(0, -1),
      { ...last, end: successor.start },
      chain.snapshots.mode === 'required' ? { ...successor, snapshotRequired: true } : successor,
    ],
    nextRules: next.nextRules,
    snapshots: next.snapshots,
    retired: next.retired ?? chain.retired,
  };
}

/**
 * Raises the trim point; segments wholly below it are left out, the last one never. An empty segment at the trim point
 * stays: its stores are witnesses of what came after it.
 */
export function trimChain(chain: Chain, trimPoint: Position): Chain {
  return {
    ...chain,
    version: chain.version + 1,
    trimPoint,
    segments: chain.segments.filter(
      ({ start, end }) => end === undefined || end > trimPoint || start >= trimPoint,
    ),
  };
}

/** Why a chain is malformed; empty when it is well formed. */
export function chainProblems(chain: Chain): string[] {
  const problems: string[] = [];
  if (chain.segments.length === 0) return ['It has no segment.'];
  if (chain.version < chain.generationStart)
    problems.push(`Version ${chain.version} lies before its generation's first, ${chain.generationStart}.`);
  problems.push(...chain.segments.flatMap(archiveProblems));
  chain.segments.forEach((segment, place) => {
    const next = chain.segments[place + 1];
    if (next === undefined) {
      if (segment.end !== undefined) problems.push(`The last segment, ${segment.index}, has an end.`);
      return;
    }
    if (next.index !== segment.index + 1)
      problems.push(`Segment ${segment.index} is followed by ${next.index}.`);
    if (segment.end !== next.start)
      problems.push(`Segment ${segment.index} ends at ${segment.end}, the next starts at ${next.start}.`);
    if (next.start < segment.start) problems.push(`Segment ${next.index} starts before its predecessor.`);
  });
  const ids = new Set(chain.segments.map((segment) => segment.logletId));
  if (ids.size !== chain.segments.length) problems.push('It names a loglet twice.');
  return problems;
}

/** Nothing is appended to an archive: only a segment that has ended can be one. */
function archiveProblems({ index, kind, archive, start, end }: Segment): string[] {
  if ((kind === 'archive') !== (archive !== undefined))
    return [`Segment ${index} is ${kind}, and ${archive ? 'names' : 'does not name'} an archive.`];
  if (archive === undefined) return [];
  if (end === undefined) return [`Segment ${index} is an archive without an end.`];
  const isInside = archive.spans.every(({ from, to }) => start <= from && from < to && to <= end);
  return isInside ? [] : [`The archive of segment ${index} holds other positions than its own.`];
}
