/** Every subset, the empty one first. For sets of at most a dozen. */
export function subsetsOf<T>(all: readonly T[]): T[][] {
  return Array.from({ length: 2 ** all.length }, (_, bits) => all.filter((_, bit) => (bits >> bit) & 1));
}
