import { versionsBehind } from '../backup.ts';
import type { Check } from '../finding.ts';

export const backupBehind: Check = ({ logs }) =>
  logs.flatMap((log) => {
    const behind = versionsBehind(log);
    if (log.snapshot === undefined || behind === undefined || behind === 0) return [];
    return [
      {
        code: 'BACKUP_BEHIND',
        logId: log.logId,
        message: `The newest snapshot of log ${log.logId} is version ${log.snapshot.version}; the register holds version ${log.register?.version}. A recovery from the backup alone would miss what was installed since.`,
      },
    ];
  });
