import type { Check } from '../finding.ts';

/** Left by whoever lost a race, or about to be installed: it holds nothing that was acknowledged. */
export const orphan: Check = ({ logs }) =>
  logs.flatMap(({ logId, rebuilt }) =>
    [...rebuilt.branching.orphans, ...rebuilt.branching.candidates].map((facts) => ({
      code: 'ORPHAN',
      logId,
      logletId: facts.logletId,
      serverIds: facts.copies.map((copy) => copy.serverId),
      message: `Loglet ${facts.logletId} of log ${logId} was provisioned as segment ${facts.index} and is not in the chain. A reconfiguration lost a race, was killed, or is under way.`,
    })),
  );
