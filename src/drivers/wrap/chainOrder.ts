import { type Chain, type ChainIdentity, identityOf } from '../../core/chain.ts';
import { compareGenerations } from '../../core/generation.ts';

/** Whether a register holds exactly what is expected; `undefined` stands for an empty one. */
export function holds(current: Chain | undefined, expected: ChainIdentity | undefined): boolean {
  if (current === undefined || expected === undefined) return current === undefined && expected === undefined;
  const held = identityOf(current);
  return orderOf(held, expected) === 0 && held.digest === expected.digest;
}

/**
 * Where a watch begins among a register's values: after the last one that is `after`. One that is not kept any more
 * is placed by its order, so that nothing newer is missed.
 */
export async function placeAfter(
  after: ChainIdentity | undefined,
  count: number,
  valueAt: (place: number) => Promise<Chain | undefined> | Chain | undefined,
): Promise<number> {
  if (after === undefined) return 0;
  let firstLater = count;
  for (let place = count - 1; place >= 0; place -= 1) {
    const value = await valueAt(place);
    if (value === undefined) continue;
    if (holds(value, after)) return place + 1;
    if (orderOf(value, after) >= 0) firstLater = place;
  }
  return firstLater;
}

type Ordered = Pick<ChainIdentity, 'generation' | 'version'>;

/** Negative, zero or positive: which of two values of a register is the later one. */
export function orderOf(a: Ordered, b: Ordered): number {
  return compareGenerations(a.generation, b.generation) || a.version - b.version;
}
