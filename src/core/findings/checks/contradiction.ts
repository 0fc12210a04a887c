import type { Check } from '../finding.ts';

export const contradiction: Check = ({ logs }) =>
  logs.flatMap(({ logId, rebuilt }) =>
    rebuilt.problems
      .filter((problem) => problem.weighs === 'contradiction' && problem.kind !== 'fork')
      .map(({ message }) => ({ code: 'CONTRADICTION', logId, message })),
  );
