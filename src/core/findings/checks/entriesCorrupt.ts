import type { Check } from '../finding.ts';

/** As far as it was noticed: only a read notices. `verify` reads everything. */
export const entriesCorrupt: Check = ({ logs }) =>
  logs.flatMap(({ logId, rebuilt }) =>
    rebuilt.branching.path.flatMap((facts) =>
      facts.copies
        .filter((copy) => (copy.state.corrupt ?? []).length > 0)
        .map((copy) => ({
          code: 'ENTRIES_CORRUPT',
          logId,
          logletId: facts.logletId,
          serverIds: [copy.serverId],
          message: `${copy.serverId} holds ${copy.state.corrupt?.length} damaged entries of segment ${facts.index} of log ${logId}, the first at ${copy.state.corrupt?.[0]}. They are not served; other copies are.`,
        })),
    ),
  );
