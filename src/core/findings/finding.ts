import type { LogId, LogletId, ServerId } from '../ids.ts';
import type { Situation } from './situation.ts';

/** `critical`: entries or the chain are lost, or can be at any moment. `warning`: the next loss may do it. */
export type Severity = 'critical' | 'warning' | 'info';

/** What can be wrong with a cluster. Codes are permanent: scripts and playbooks rest on them. */
export type FindingCode =
  | 'METASTORE_LOST'
  | 'METASTORE_UNREACHABLE'
  | 'METASTORE_DEGRADED'
  | 'METASTORE_STALE'
  | 'REGISTER_UNREADABLE'
  | 'FORK'
  | 'CONTRADICTION'
  | 'SERVER_UNREACHABLE'
  | 'SERVER_STALE'
  | 'SERVER_UNADMITTED'
  | 'SERVER_FOREIGN'
  | 'RECORDS_DAMAGED'
  | 'DESCRIPTORS_DIFFER'
  | 'LOGLET_UNSEALABLE'
  | 'LOGLET_ONE_LOSS_FROM_UNSEALABLE'
  | 'LOG_STUCK_SEALED'
  | 'LOG_NOT_ACTIVATED'
  | 'LOG_NOT_WRITABLE'
  | 'SEQUENCER_GONE'
  | 'SEGMENT_LOST'
  | 'SEGMENT_UNREADABLE'
  | 'SEGMENT_UNDER_REPLICATED'
  | 'ENTRIES_CORRUPT'
  | 'RECOVERY_NOT_VERIFIED'
  | 'LOSS_RECORDED'
  | 'BACKUP_MISSING'
  | 'BACKUP_BEHIND'
  | 'REPOSITORY_UNREACHABLE'
  | 'SNAPSHOT_BROKEN'
  | 'ORPHAN'
  | 'ABANDONED';

/** One thing that is wrong, about one log, loglet or server. */
export interface Finding {
  readonly code: FindingCode;
  /** Where it differs from what the code usually weighs. */
  readonly severity?: Severity;
  /** Where another playbook fits than the one that the code usually asks for. */
  readonly playbook?: string;
  /** Whole sentences: what is so, and what it means for the data. */
  readonly message: string;
  readonly logId?: LogId;
  readonly logletId?: LogletId;
  readonly serverIds?: readonly ServerId[];
}

/** One check: pure, and blind to all others. */
export type Check = (situation: Situation) => Finding[];
