import type { Position } from '../core/ids.ts';

/** `Math.max` and `Math.min` know no bigint. */
export function largest(a: Position, b: Position): Position {
  return a > b ? a : b;
}

export function smallest(a: Position, b: Position): Position {
  return a < b ? a : b;
}
