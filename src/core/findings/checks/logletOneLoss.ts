import type { Check } from '../finding.ts';
import { listed } from '../situation.ts';

/**
 * With every member there, a margin of one is what the policy was chosen to give, and only worth knowing; with members
 * missing it is what is left.
 */
export const logletOneLoss: Check = ({ logs }) =>
  logs.flatMap(({ logId, last }) => {
    if (last?.margin.losses !== 1) return [];
    const { servers, zones } = last.margin;
    const or = zones.length > 0 ? `, or of zone ${listed(zones)}` : '';
    const why = last.missing.length > 0 ? ` (${listed(last.missing)} missing already)` : ' by its policy';
    return [
      {
        code: 'LOGLET_ONE_LOSS_FROM_UNSEALABLE',
        ...(last.missing.length === 0 && { severity: 'info' as const }),
        logId,
        logletId: last.facts.logletId,
        serverIds: servers,
        message: `The loss of ${listed(servers)}${or} would make the last loglet of log ${logId} unsealable${why}.`,
      },
    ];
  });
