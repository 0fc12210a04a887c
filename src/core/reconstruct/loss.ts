import type { Interval } from '../evidence.ts';
import type { Position } from '../ids.ts';
import type { Branching } from './branch.ts';
import { respondersSeal } from './candidates.ts';
import type { EndOfChain } from './end.ts';
import { joined, type MissingInterval, type SegmentVerdict } from './segments.ts';

export interface Loss {
  readonly lost: readonly Interval[];
  readonly possiblyLost: readonly Interval[];
  /** Stored, perhaps acknowledged: kept and completed by repair. */
  readonly unknownOutcomeResolved: readonly Interval[];
  readonly safe: readonly Interval[];
}

export interface LossInput {
  readonly segments: readonly SegmentVerdict[];
  readonly end: EndOfChain | undefined;
  readonly trimPoint: Position;
  readonly forks: Branching['forks'];
}

/** What becomes of the positions from the trim point on. Everything acknowledged is in one of the lists. */
export function lossOf(input: LossInput): Loss {
  const { segments, end } = input;
  const missing = segments.flatMap((segment) => segment.missing);
  const lost: Interval[] = missing.filter(isLost).map(({ from, to }) => ({ from, to }));
  const possiblyLost: Interval[] = missing
    .filter((gap) => !isLost(gap))
    .map(({ from, to }) => ({ from, to }));
  const last = end?.last;
  const doubt = firstDoubt(input);
  if (doubt !== undefined) possiblyLost.push({ from: doubt });
  const [first] = segments;
  if (first !== undefined && first.start > input.trimPoint)
    possiblyLost.push({ from: input.trimPoint, to: first.start });
  if (last?.state === 'sealed' && last.contradiction)
    lost.push({ from: last.contradiction.from, to: last.contradiction.to });
  return {
    lost: joined(lost),
    possiblyLost: joined(possiblyLost),
    unknownOutcomeResolved: end === undefined ? [] : unknownOutcome(end),
    safe: safeParts(input, missing, doubt),
  };
}

/** Stored up to T, and acknowledged at least as far as P, or as far as a store was told. */
function unknownOutcome({ tip, last }: EndOfChain): Interval[] {
  if (last.state !== 'sealed') return [];
  const told = tip.copies.map((copy) => copy.state.knownCommitted);
  const from = told.reduce((most, one) => (one > most ? one : most), last.committed);
  return from < last.tail ? [{ from, to: last.tail }] : [];
}

function isLost(gap: MissingInterval): boolean {
  return gap.whole || gap.wouldReturn.length === 0;
}

/** From here on, loglets that are not in this chain may hold acknowledged entries: unseen ones, or a fork's other side. */
function firstDoubt({ end, trimPoint, forks }: LossInput): Position | undefined {
  if (end === undefined) return trimPoint;
  const { last, proof } = end;
  const doubts = forks.flat().map((facts) => facts.start);
  if (last.state === 'unsealable') doubts.push(last.tailAcceptingLoss);
  // Enough answer to go on with, not enough to know all: commit quorums of such a policy need not meet.
  if (last.state === 'active' && !respondersSeal(end.tip)) doubts.push(highestTail(end));
  if (proof.kind === 'none') {
    doubts.push(...proof.undecided.map((candidate) => candidate.start));
    doubts.push(...proof.beyond.map(({ candidate }) => candidate.start));
    if (proof.nonWitnesses.length > 0) doubts.push(knownCommitted(end));
  }
  return doubts.length === 0 ? undefined : doubts.reduce((least, one) => (one < least ? one : least));
}

function highestTail({ tip }: EndOfChain): Position {
  const tails = tip.copies.map((copy) => copy.state.localTail);
  return tails.reduce((most, one) => (one > most ? one : most), tip.start);
}

/** An unseen successor may start lower than the tail that these survivors show, not lower than what is known. */
function knownCommitted({ tip }: EndOfChain): Position {
  const known = tip.copies.map((copy) => copy.state.knownCommitted);
  return known.reduce((most, one) => (one > most ? one : most), tip.start);
}

/** Everything from the trim point to the end of the chain, or to the first doubt, that somebody can give back. */
function safeParts(
  { segments, trimPoint }: LossInput,
  missing: readonly { readonly from: Position; readonly to: Position }[],
  doubt: Position | undefined,
): Interval[] {
  const safe: Interval[] = [];
  for (const segment of segments) {
    let from = segment.start > trimPoint ? segment.start : trimPoint;
    const end = least(segment.end, doubt);
    const gaps = missing.filter(
      (gap) => gap.from >= segment.start && (segment.end === undefined || gap.to <= segment.end),
    );
    for (const gap of gaps) {
      const to = least(gap.from, doubt) ?? gap.from;
      if (to > from) safe.push({ from, to });
      from = gap.to;
    }
    if (end === undefined) safe.push({ from });
    else if (end > from) safe.push({ from, to: end });
  }
  return joined(safe);
}

function least(a: Position | undefined, b: Position | undefined): Position | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

/**
 * Where the log goes on after an accepted loss. Never below the trim point: what was trimmed was acknowledged before,
 * and entries that were appended there again would be born trimmed.
 */
export function lossFrom({ last }: EndOfChain, trimPoint: Position): Position | undefined {
  if (last.state === 'unsealable')
    return last.tailAcceptingLoss > trimPoint ? last.tailAcceptingLoss : trimPoint;
  return last.state === 'sealed' && last.tail < trimPoint ? trimPoint : undefined;
}
