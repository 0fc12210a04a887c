import type { Check } from '../finding.ts';
import { listed } from '../situation.ts';

export const logNotWritable: Check = ({ logs }) =>
  logs.flatMap(({ logId, last }) =>
    last?.taking === 'nothing: members missing'
      ? [
          {
            code: 'LOG_NOT_WRITABLE',
            logId,
            logletId: last.facts.logletId,
            serverIds: last.missing,
            message: `Log ${logId} takes no appends: without ${listed(last.missing)} its last loglet has no commit quorum. ${
              last.margin.sealable
                ? 'It can be sealed, and go on in a new loglet.'
                : 'It cannot be sealed either.'
            }`,
          },
        ]
      : [],
  );
