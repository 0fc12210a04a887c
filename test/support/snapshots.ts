import { CLUSTER } from './chains.ts';

/** What a `Snapshots` needs beside its repository: time stands still, and identities are counted. */
let drawn = 0;
export const fixedParts = {
  clusterId: CLUSTER,
  clock: { now: () => 1_700_000_000_000, sleep: async () => {} },
  random: {
    ulid: () => `01J${String(++drawn).padStart(23, '0')}`,
    uuid: () => `44444444-4444-4444-8444-${String(++drawn).padStart(12, '0')}`,
    below: (bound: number) => ++drawn % bound,
  },
  writtenBy: 'a test',
};

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
