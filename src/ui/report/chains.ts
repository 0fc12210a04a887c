import type { Interval } from '../../core/evidence.ts';
import type { Position } from '../../core/ids.ts';
import type { Block, ChainPart, ChainRow, CopyState, PartState, ServersFigure, Tone } from './model.ts';

/** Drawn one by one up to so many; of more, those between the ends that are plainly sealed become one part. */
const MOST_PARTS = 12;
const KEPT_AT_ENDS = 4;

export interface SegmentShape {
  readonly index: number;
  readonly start: Position;
  /** Exclusive. */
  readonly end: Position | undefined;
  readonly state: 'active' | 'sealed' | 'lost' | 'trimmed' | 'archived';
}

export interface LossShape {
  readonly safe?: readonly Interval[];
  readonly unknownOutcomeResolved: readonly Interval[];
  readonly possiblyLost: readonly Interval[];
  readonly lost: readonly Interval[];
}

export function chainRow(label: string, segments: readonly SegmentShape[], empty?: string): ChainRow {
  const parts = foldSegments(segments).map(
    ({ first, last }): ChainPart => ({
      name: first === last ? `${first.index}` : `${first.index} … ${last.index}`,
      from: first.start,
      ...(last.end !== undefined && { to: last.end }),
      state: first.state,
    }),
  );
  return { label, parts, ...(empty !== undefined && { empty }) };
}

interface Fold {
  readonly first: SegmentShape;
  readonly last: SegmentShape;
}

function foldSegments(segments: readonly SegmentShape[]): Fold[] {
  const folds: Fold[] = [];
  segments.forEach((segment, place) => {
    const isEnd = place < 1 || place >= segments.length - KEPT_AT_ENDS;
    const before = folds.at(-1);
    const mayFold = segments.length > MOST_PARTS && !isEnd && segment.state === 'sealed';
    if (mayFold && before !== undefined && before.first.index > 0 && before.first.state === 'sealed')
      folds[folds.length - 1] = { first: before.first, last: segment };
    else folds.push({ first: segment, last: segment });
  });
  return folds;
}

/** What is certain of the entries, over the same positions. `undefined` when nothing was found missing. */
export function lossRow(label: string, loss: LossShape): ChainRow {
  const kinds: readonly (readonly [PartState, readonly Interval[]])[] = [
    ['safe', loss.safe ?? []],
    ['stored, not known to be acknowledged', loss.unknownOutcomeResolved],
    ['possibly lost', loss.possiblyLost],
    ['lost', loss.lost],
  ];
  const parts = kinds.flatMap(([state, all]) =>
    all.map((interval): ChainPart => ({ name: state, state, ...interval })),
  );
  return { label, parts };
}

export function chainFigure(caption: string, rows: readonly ChainRow[]): Block | undefined {
  const isDrawn = rows.some((row) => row.parts.length > 0);
  return isDrawn ? { kind: 'figure', caption, figure: { kind: 'chain', rows } } : undefined;
}

export interface CopiesShape {
  readonly index: number;
  readonly nodeset: readonly string[];
  readonly responders: readonly string[];
}

/** Rows are servers, columns segments, the newest last; of a long chain the newest only. */
export function serversFigure(
  caption: string,
  segments: readonly CopiesShape[],
  servers: readonly { readonly id: string; readonly note: string; readonly tone: Tone }[],
): Block | undefined {
  if (segments.length === 0 || servers.length === 0) return undefined;
  const shown = segments.slice(-MOST_PARTS);
  const cellOf = (server: string, { nodeset, responders }: CopiesShape): CopyState => {
    if (!nodeset.includes(server)) return 'none';
    return responders.includes(server) ? 'holds' : 'silent';
  };
  const figure: ServersFigure = {
    kind: 'servers',
    columns: shown.map((segment) => `${segment.index}`),
    rows: servers.map(({ id, note, tone }) => ({
      server: id,
      note,
      tone,
      cells: shown.map((segment) => cellOf(id, segment)),
    })),
  };
  return { kind: 'figure', caption, figure };
}
