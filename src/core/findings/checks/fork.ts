import type { Check } from '../finding.ts';

export const fork: Check = ({ logs }) =>
  logs.flatMap(({ logId, rebuilt }) =>
    rebuilt.problems
      .filter((problem) => problem.kind === 'fork')
      .map(({ message }) => ({
        code: 'FORK',
        logId,
        message: `${message} Both sides may hold acknowledged entries: change nothing before deciding which is right.`,
      })),
  );
