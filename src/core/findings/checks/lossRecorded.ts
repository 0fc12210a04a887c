import type { Check } from '../finding.ts';

export const lossRecorded: Check = ({ logs }) =>
  logs.flatMap(({ logId, rebuilt, register }) =>
    (register?.segments ?? rebuilt.branching.path.flatMap((facts) => facts.segment ?? [])).flatMap(
      (segment) =>
        segment.loss === undefined
          ? []
          : [
              {
                code: 'LOSS_RECORDED',
                logId,
                logletId: segment.logletId,
                serverIds: segment.loss.fencedOutside,
                message: `A loss was accepted in segment ${segment.index} of log ${logId}: acknowledged entries from position ${segment.loss.from} on may be missing (${segment.loss.reason}).`,
              },
            ],
    ),
  );
