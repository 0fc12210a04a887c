import type { Check } from '../finding.ts';

export const registerUnreadable: Check = ({ unreadable, logs }) =>
  [...unreadable].map(([logId, problem]) => ({
    code: 'REGISTER_UNREADABLE',
    logId,
    ...(logs.some((log) => log.snapshot !== undefined) && { playbook: 'metastore-lost-backup' }),
    message: `The register of log ${logId} is there and cannot be read (${problem}). Appends and reads go on with the chain that clients know; the log cannot be reconfigured.`,
  }));
