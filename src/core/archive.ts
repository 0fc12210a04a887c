import type { Position } from './ids.ts';

/** Positions [from, to). */
export interface Span {
  readonly from: Position;
  readonly to: Position;
}

/** Where the entries of an ended segment are read in place: named by the chain, kept in a repository. */
export interface ArchivePlace {
  readonly repositoryId: string;
  /** Digest of the manifest, which names every object by its own: nothing else in the repository is believed. */
  readonly manifest: string;
  /** What it holds; ascending, not touching each other. The whole segment, unless a loss was accepted. */
  readonly spans: readonly Span[];
}

/** An immutable object with the entries of one loglet at consecutive positions. */
export interface DataObject extends Span {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** An object is cut after the entry that reaches this. Two that cut the same entries write the same bytes. */
export const OBJECT_BYTES = 8 * 1024 * 1024;

export interface Coverage {
  /** The fewest objects that hold what can be held, ascending. */
  readonly used: readonly DataObject[];
  readonly gaps: readonly Span[];
}

/** What of a span these objects hold. They may overlap: an entry is the same wherever it was copied to. */
export function coverageOf(objects: readonly DataObject[], { from, to }: Span): Coverage {
  const sorted = [...objects].sort(byPlace);
  const used: DataObject[] = [];
  const gaps: Span[] = [];
  let next = from;
  let place = 0;
  while (next < to) {
    let best: DataObject | undefined;
    for (let one = sorted[place]; one !== undefined && one.from <= next; one = sorted[place]) {
      if (one.to > next && (best === undefined || one.to > best.to)) best = one;
      place += 1;
    }
    if (best !== undefined) {
      used.push(best);
      next = best.to;
      continue;
    }
    const start = sorted[place]?.from ?? to;
    gaps.push({ from: next, to: start < to ? start : to });
    next = start;
  }
  return { used, gaps };
}

/** The same of several spans, ascending: an object may hold the end of one and the start of the next. */
export function coverageOfAll(objects: readonly DataObject[], spans: readonly Span[]): Coverage {
  const each = spans.map((span) => coverageOf(objects, span));
  return {
    used: [...new Set(each.flatMap(({ used }) => used))],
    gaps: each.flatMap(({ gaps }) => gaps),
  };
}

/** Of two that begin at one place, the longer is found first, and then the same one by everybody. */
function byPlace(a: DataObject, b: DataObject): number {
  if (a.from !== b.from) return a.from < b.from ? -1 : 1;
  if (a.to !== b.to) return a.to > b.to ? -1 : 1;
  return a.sha256 < b.sha256 ? -1 : a.sha256 > b.sha256 ? 1 : 0;
}

/** The parts of a span that none of these has. */
export function without({ from, to }: Span, spans: readonly Span[]): Span[] {
  const left: Span[] = [];
  let next = from;
  for (const one of [...spans].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
    if (one.to <= next) continue;
    if (one.from >= to) break;
    if (one.from > next) left.push({ from: next, to: one.from });
    next = one.to;
  }
  if (next < to) left.push({ from: next, to });
  return left;
}

/** The parts of a span that these have, joined. */
export function within(span: Span, spans: readonly Span[]): Span[] {
  return without(span, without(span, spans));
}

export function holds(spans: readonly Span[], position: Position): boolean {
  return spans.some(({ from, to }) => position >= from && position < to);
}

export function positionsIn(spans: readonly Span[]): bigint {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0n);
}
