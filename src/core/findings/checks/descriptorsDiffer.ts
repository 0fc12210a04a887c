import type { Check } from '../finding.ts';

export const descriptorsDiffer: Check = ({ logs }) =>
  logs.flatMap(({ logId, rebuilt }) => {
    const undecided = rebuilt.problems
      .filter((problem) => problem.kind === 'descriptors differ')
      .map(({ message }) => ({ code: 'DESCRIPTORS_DIFFER', logId, message }) as const);
    const decided = rebuilt.rejected
      .filter((one) => one.source === 'descriptor')
      .map(
        ({ name, problem }) =>
          ({ code: 'DESCRIPTORS_DIFFER', logId, message: `${name}: ${problem} It is not used.` }) as const,
      );
    return [...undecided, ...decided];
  });
