import type { Check } from '../finding.ts';

export const abandoned: Check = ({ logs }) =>
  logs.flatMap(({ logId, rebuilt }) =>
    rebuilt.branching.abandoned.map((facts) => ({
      code: 'ABANDONED',
      logId,
      logletId: facts.logletId,
      serverIds: facts.copies.map((copy) => copy.serverId),
      message: `Loglet ${facts.logletId} of log ${logId} was installed as segment ${facts.index}, and a later recovery left it out. Its entries are kept and not served.`,
    })),
  );
