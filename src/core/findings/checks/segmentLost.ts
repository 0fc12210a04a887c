import type { Check } from '../finding.ts';
import { gapsOf } from '../gaps.ts';

/** Nobody who could return has them: every member answered, or its store is gone or out of service. */
export const segmentLost: Check = ({ logs }) =>
  logs.flatMap((log) => {
    const gaps = gapsOf(log, (gap) => gap.wouldReturn.length === 0);
    if (gaps === undefined) return [];
    return [
      {
        code: 'SEGMENT_LOST',
        logId: log.logId,
        message: `${gaps.positions} of log ${log.logId}, in ${gaps.segments}, are on no server: every member of the nodeset answered, was retired, or has another disk. A backup of the log's data, or an old disk that was replaced, may still have them.`,
      },
    ];
  });
