import type { Check } from '../finding.ts';

/** A sequencer never survives its process. A client's failure detector usually sees to it; without one nobody does. */
export const sequencerGone: Check = ({ logs }) =>
  logs.flatMap(({ logId, last }) =>
    last?.taking === 'appends after a new sequencer'
      ? [
          {
            code: 'SEQUENCER_GONE',
            logId,
            logletId: last.facts.logletId,
            message: `The process on ${last.facts.descriptor?.sequencer.serverId ?? 'a server'} that gave positions in the last loglet of log ${logId} is gone. The log takes appends again after a reconfiguration, which a client does by itself.`,
          },
        ]
      : [],
  );
