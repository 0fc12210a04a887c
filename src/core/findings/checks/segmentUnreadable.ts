import type { Check } from '../finding.ts';
import { gapsOf } from '../gaps.ts';
import { listed } from '../situation.ts';

/** Unreachable is not lost: servers that are silent may have them. */
export const segmentUnreadable: Check = ({ logs }) =>
  logs.flatMap((log) => {
    const gaps = gapsOf(log, (gap) => gap.wouldReturn.length > 0);
    if (gaps === undefined) return [];
    const { mayReturn } = gaps;
    return [
      {
        code: 'SEGMENT_UNREADABLE',
        logId: log.logId,
        serverIds: mayReturn,
        message: `${gaps.positions} of log ${log.logId}, in ${gaps.segments}, are on no server that answers. ${listed(mayReturn)} may have them: do not wipe ${mayReturn.length === 1 ? 'it' : 'them'}.`,
      },
    ];
  });
