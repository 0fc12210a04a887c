import type { Check } from '../finding.ts';

export const logNotActivated: Check = ({ logs }) =>
  logs.flatMap(({ logId, last }) =>
    last?.taking === 'nothing: not activated'
      ? [
          {
            code: 'LOG_NOT_ACTIVATED',
            logId,
            logletId: last.facts.logletId,
            message: `The last loglet of log ${logId} was installed and is not active: a reconfiguration was left half done. The log takes no appends until somebody finishes it. No entry is lost by it.`,
          },
        ]
      : [],
  );
