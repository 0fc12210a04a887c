import type { Generation } from '../../../src/core/generation.ts';

/** The oracle's own order of generations: it must not go wrong with the one that it judges. */
export function isEarlier(a: Generation, b: Generation): boolean {
  return a.number === b.number ? a.recoveryId < b.recoveryId : a.number < b.number;
}

export function isSame(a: Generation, b: Generation): boolean {
  return a.number === b.number && a.recoveryId === b.recoveryId;
}
