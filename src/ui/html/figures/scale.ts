import type { ChainFigure } from '../../report/model.ts';

/** A chain's last part has no end: it is drawn this many pixels beyond the last boundary. */
const OPEN_PX = 70;
const LEAST_PX = 30;

export interface PositionScale {
  /** Where a position is drawn; `undefined` is the open end. */
  at(position: bigint | undefined): number;
  /** Every boundary, ascending, with its place. */
  readonly boundaries: readonly { readonly position: bigint; readonly x: number }[];
  readonly right: number;
}

/**
 * Places for all boundaries of a figure, the same in every row. Lengths are shown by their square root and never
 * below a least width: a segment of three entries beside one of a million must still be seen.
 */
export function positionScale(
  { rows }: ChainFigure,
  { left, width }: { readonly left: number; readonly width: number },
): PositionScale {
  const parts = rows.flatMap((row) => row.parts);
  const positions = [...new Set(parts.flatMap(({ from, to }) => (to === undefined ? [from] : [from, to])))];
  positions.sort((a, b) => (a < b ? -1 : 1));
  const isOpen = parts.some((part) => part.to === undefined);
  const gaps = positions.slice(1).map((position, place) => position - (positions[place] ?? 0n));
  const weights = gaps.map((gap) => Math.sqrt(Number(gap)));
  const room = width - (isOpen ? OPEN_PX : 0) - gaps.length * LEAST_PX;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const least = room < 0 ? (width - (isOpen ? OPEN_PX : 0)) / Math.max(1, gaps.length) : LEAST_PX;
  const spare = Math.max(0, room);
  let x = left;
  const boundaries = positions.map((position, place) => {
    if (place > 0) x += least + (total === 0 ? 0 : (spare * (weights[place - 1] ?? 0)) / total);
    return { position, x };
  });
  const places = new Map(boundaries.map((one) => [one.position, one.x]));
  const right = left + width;
  return {
    at: (position) => (position === undefined ? right : (places.get(position) ?? right)),
    boundaries,
    right,
  };
}
