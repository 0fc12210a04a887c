import type { Check } from '../finding.ts';

export const backupMissing: Check = ({ logs, repositoryUrl, observation }) => {
  if (repositoryUrl === undefined) {
    const message =
      'No repository is configured: if the MetaStore is lost, the chains must be proven from the loglets alone.';
    return logs.length === 0 ? [] : [{ code: 'BACKUP_MISSING', severity: 'info', message }];
  }
  // Without an answer nothing is known of what it holds; that is another finding.
  if (observation.rejected.some((one) => one.name === repositoryUrl)) return [];
  return logs.flatMap(({ logId, snapshot, register }) =>
    snapshot === undefined && register !== undefined
      ? [
          {
            code: 'BACKUP_MISSING',
            logId,
            message: `${repositoryUrl} holds no snapshot of the chain of log ${logId}.`,
          },
        ]
      : [],
  );
};
