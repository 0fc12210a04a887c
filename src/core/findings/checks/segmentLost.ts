import type { Check } from '../finding.ts';
import { gapsOf } from '../gaps.ts';

/** Nobody who could return has them: every member answered, or no member's store exists any more. */
export const segmentLost: Check = ({ logs }) =>
  logs.flatMap((log) => {
    const gaps = gapsOf(log, (gap) => gap.wouldReturn.length === 0);
    if (gaps === undefined) return [];
    return [
      {
        code: 'SEGMENT_LOST',
        logId: log.logId,
        message: `${gaps.positions} of log ${log.logId}, in ${gaps.segments}, are on no server: every member of the nodeset answered, or its disk was replaced. A backup of the log's data, or an old disk, may still have them.`,
      },
    ];
  });
