import type { Check } from '../finding.ts';

/** An empty register where there was a chain is a lost MetaStore, not a new log. */
export const metaStoreLost: Check = ({ observation, logs, unreadable }) => {
  if (!observation.registerReadable) return [];
  return logs.flatMap(({ logId, register, rebuilt, snapshot }) => {
    const { path } = rebuilt.branching;
    if (register !== undefined || path.length === 0 || unreadable.has(logId)) return [];
    const segments = `${path.length} segment${path.length === 1 ? '' : 's'}`;
    return [
      {
        code: 'METASTORE_LOST',
        logId,
        ...(snapshot !== undefined && { playbook: 'metastore-lost-backup' }),
        message: `The register of log ${logId} is empty, and ${segments} of it exist. Its chain can be rebuilt: ${rebuilt.verdict}. No entry is gone with it; do not create the log again.`,
      },
    ];
  });
};
