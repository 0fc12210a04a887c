import { without } from '../archive.ts';
import type { Durability, NodesetMember } from '../durability.ts';
import type { Copy, Interval, ObservedServer } from '../evidence.ts';
import type { LogletId, Position, ServerId, StoreId } from '../ids.ts';
import { ascending } from '../tail.ts';
import type { InstallEvidence, LogletFacts } from './facts.ts';

/** One segment of the rebuilt chain: what we believe, why, and what is left of its data. */
export interface SegmentVerdict {
  readonly index: number;
  readonly logletId: LogletId;
  readonly start: Position;
  readonly end?: Position;
  /** `archived`: its entries are read from a repository. */
  readonly state: 'active' | 'sealed' | 'lost' | 'trimmed' | 'archived';
  readonly nodeset: readonly NodesetMember[];
  readonly durability?: Durability;
  /** Servers that hold a copy and answered. */
  readonly responders: readonly ServerId[];
  /** Fewer whole copies than the nodeset has members. */
  readonly underReplicated: boolean;
  readonly evidence: readonly InstallEvidence[];
  /** Positions below its end, at or above the trim point, that no responder can give back. */
  readonly missing: readonly MissingInterval[];
}

export interface MissingInterval {
  readonly logletId: LogletId;
  readonly from: Position;
  readonly to: Position;
  /** Silent servers of the nodeset: any of them may still have it. Empty: it is lost for good. */
  readonly wouldReturn: readonly ServerId[];
  /** No server that answered holds any of the segment. */
  readonly whole: boolean;
}

/** What is known beside the loglet itself. */
interface Around {
  readonly servers: ReadonlyMap<ServerId, ObservedServer>;
  readonly retired: ReadonlySet<StoreId>;
}

/** The verdict on a segment that ends at `end` (`undefined` while it is active). */
export function judgeSegment(
  facts: LogletFacts,
  bounds: { readonly end: Position | undefined; readonly trimPoint: Position; readonly active: boolean },
  { servers, retired }: Around,
): SegmentVerdict {
  const { end, trimPoint, active } = bounds;
  const copies = membersOnly(facts);
  const from = facts.start > trimPoint ? facts.start : trimPoint;
  const isTrimmed = end !== undefined && end <= trimPoint && end > facts.start;
  const archived = end === undefined ? [] : (facts.archive?.spans ?? []);
  const gaps = isTrimmed
    ? []
    : uncovered({ from, to: end ?? highestTail(copies, from) }, copies).flatMap((gap) =>
        without(gap, archived),
      );
  const silent = silentMembers(facts, { servers, retired });
  const isArchived = archived.length > 0;
  const isLost = !isTrimmed && !isArchived && copies.length === 0 && !active;
  return {
    index: facts.index,
    logletId: facts.logletId,
    start: facts.start,
    ...(end !== undefined && { end }),
    state: active ? 'active' : isTrimmed ? 'trimmed' : isArchived ? 'archived' : isLost ? 'lost' : 'sealed',
    nodeset: facts.nodeset,
    ...(facts.durability && { durability: facts.durability }),
    responders: copies.map((copy) => copy.serverId),
    underReplicated:
      !isTrimmed && !isArchived && wholeCopies(copies, { from, to: end }) < facts.nodeset.length,
    evidence: facts.installed,
    missing: gaps.map((gap) => ({ ...gap, logletId: facts.logletId, wouldReturn: silent, whole: isLost })),
  };
}

/** Those that may give entries back. */
function membersOnly(facts: LogletFacts): Copy[] {
  const stores = new Set(facts.nodeset.map((member) => member.storeId));
  return facts.copies.filter((copy) => copy.retired !== true && stores.has(copy.storeId));
}

/**
 * A member that answered with another store is not coming back with this data; a silent one may, unless its store was
 * taken out of service: it is refused for good, whatever its disk still holds.
 */
function silentMembers(facts: LogletFacts, { servers, retired }: Around): ServerId[] {
  return facts.nodeset
    .filter((member) => !retired.has(member.storeId))
    .map((member) => member.serverId)
    .filter((id) => (servers.get(id)?.answer.kind ?? 'silent') === 'silent');
}

function highestTail(copies: readonly Copy[], from: Position): Position {
  return copies.reduce((most, { state }) => (state.localTail > most ? state.localTail : most), from);
}

function wholeCopies(copies: readonly Copy[], span: { from: Position; to: Position | undefined }): number {
  const { from, to } = span;
  if (to === undefined) return copies.length;
  return copies.filter((copy) => uncovered({ from, to }, [copy]).length === 0).length;
}

/** The parts of a span that no copy holds intact, ascending. */
export function uncovered(
  span: { from: Position; to: Position },
  copies: readonly Copy[],
): { from: Position; to: Position }[] {
  const held = copies.flatMap(intactRuns).sort((a, b) => ascending(a.from, b.from));
  const gaps: { from: Position; to: Position }[] = [];
  let reached = span.from;
  for (const run of held) {
    if (run.from >= span.to) break;
    if (run.from > reached) gaps.push({ from: reached, to: run.from });
    if (run.to > reached) reached = run.to;
  }
  if (reached < span.to) gaps.push({ from: reached, to: span.to });
  return gaps;
}

/** A copy holds [firstHeld, localTail) but for the positions whose checksum failed. */
function intactRuns({ state }: Copy): { from: Position; to: Position }[] {
  const runs: { from: Position; to: Position }[] = [];
  let from = state.firstHeld;
  const corrupt = (state.corrupt ?? []).filter((one) => one >= from && one < state.localTail);
  for (const broken of [...corrupt].sort(ascending)) {
    if (broken > from) runs.push({ from, to: broken });
    from = broken + 1n;
  }
  if (from < state.localTail) runs.push({ from, to: state.localTail });
  return runs;
}

/** Neighbouring intervals joined, ascending. */
export function joined(intervals: readonly Interval[]): Interval[] {
  const result: Interval[] = [];
  for (const next of [...intervals].sort((a, b) => ascending(a.from, b.from))) {
    const last = result.at(-1);
    if (last?.to !== undefined && last.to >= next.from) {
      const to = next.to === undefined ? undefined : next.to > last.to ? next.to : last.to;
      result[result.length - 1] = { from: last.from, ...(to !== undefined && { to }) };
    } else if (last === undefined || last.to !== undefined) result.push(next);
  }
  return result;
}
