import { expect, test } from 'vitest';
import { differencesOfAKill } from './killed.ts';

const SEEDS = Number(process.env.VLOG_DR_SEEDS ?? 15);

test.each(['calm', 'quorums', 'repository', 'slowwriter'])(
  'a recovery killed at any call and run again ends as one that was not: %s',
  async (profile) => {
    const differing: string[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const differences = await differencesOfAKill(profile, seed);
      if (differences.length > 0) differing.push(`${seed}: ${differences.join('\n')}`);
    }
    expect(differing).toEqual([]);
  },
);
