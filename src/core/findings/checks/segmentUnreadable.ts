import type { Check } from '../finding.ts';
import { listed } from '../situation.ts';

/** Unreachable is not lost: servers that are silent may have them. */
export const segmentUnreadable: Check = ({ logs }) =>
  logs.flatMap(({ logId, rebuilt }) =>
    rebuilt.segments.flatMap((segment) =>
      segment.missing
        .filter((gap) => gap.wouldReturn.length > 0)
        .map((gap) => ({
          code: 'SEGMENT_UNREADABLE',
          logId,
          logletId: segment.logletId,
          serverIds: gap.wouldReturn,
          message: `Positions ${gap.from} to ${gap.to} (exclusive) of log ${logId}, in segment ${segment.index}, are on no server that answers. ${listed(gap.wouldReturn)} may have them: do not wipe ${gap.wouldReturn.length === 1 ? 'it' : 'them'}.`,
        })),
    ),
  );
