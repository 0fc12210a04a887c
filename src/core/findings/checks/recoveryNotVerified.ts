import type { Check } from '../finding.ts';

export const recoveryNotVerified: Check = ({ logs }) =>
  logs.flatMap(({ logId, register }) =>
    register?.frozen === true
      ? [
          {
            code: 'RECOVERY_NOT_VERIFIED',
            logId,
            message: `The chain of log ${logId} was rebuilt and is not verified: nothing may be trimmed or collected until it is. Appends and reads are not affected.`,
          },
        ]
      : [],
  );
