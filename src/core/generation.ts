import { type RecoveryId, recoveryId } from './ids.ts';

/**
 * Which recovery a cluster lives under. Ordered as a pair: two recoveries that did not hear each other's
 * servers may draw the same number, and one must still not pass the other's fence.
 */
export interface Generation {
  readonly number: number;
  readonly recoveryId: RecoveryId;
}

/** The generation of a cluster that was never recovered. */
export const FIRST_GENERATION: Generation = {
  number: 1,
  recoveryId: recoveryId('00000000000000000000000000'),
};

/** Negative, zero or positive, as for `Array.prototype.sort`. */
export function compareGenerations(a: Generation, b: Generation): number {
  if (a.number !== b.number) return a.number - b.number;
  if (a.recoveryId === b.recoveryId) return 0;
  return a.recoveryId < b.recoveryId ? -1 : 1;
}

export function sameGeneration(a: Generation, b: Generation): boolean {
  return compareGenerations(a, b) === 0;
}

/** The greatest of those given, or `undefined` for none. */
export function greatestGeneration(all: Iterable<Generation>): Generation | undefined {
  let greatest: Generation | undefined;
  for (const one of all) {
    if (greatest === undefined || compareGenerations(one, greatest) > 0) greatest = one;
  }
  return greatest;
}

/** `2/01JD…`, for people; `1` where nobody ever recovered anything. */
export function describeGeneration(generation: Generation): string {
  if (sameGeneration(generation, FIRST_GENERATION)) return String(generation.number);
  return `${generation.number}/${generation.recoveryId}`;
}
