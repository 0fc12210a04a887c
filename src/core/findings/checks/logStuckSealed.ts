import type { Check } from '../finding.ts';

export const logStuckSealed: Check = ({ logs }) =>
  logs.flatMap(({ logId, last }) =>
    last?.taking === 'nothing: sealed'
      ? [
          {
            code: 'LOG_STUCK_SEALED',
            logId,
            logletId: last.facts.logletId,
            message: `The last loglet of log ${logId} is sealed and has no successor: the log takes no appends until a reconfiguration is finished. No entry is lost by it.`,
          },
        ]
      : [],
  );
