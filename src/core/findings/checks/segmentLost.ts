import type { Check } from '../finding.ts';

/** Nobody who could return has them: every member answered, or no member's store exists any more. */
export const segmentLost: Check = ({ logs }) =>
  logs.flatMap(({ logId, rebuilt }) =>
    rebuilt.segments.flatMap((segment) =>
      segment.missing
        .filter((gap) => gap.wouldReturn.length === 0)
        .map((gap) => ({
          code: 'SEGMENT_LOST',
          logId,
          logletId: segment.logletId,
          message: `Positions ${gap.from} to ${gap.to} (exclusive) of log ${logId}, in segment ${segment.index}, are on no server: every member of its nodeset answered, or its disk was replaced. A backup of the log's data, or an old disk, may still have them.`,
        })),
    ),
  );
