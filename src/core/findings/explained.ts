import type { FindingCode, Severity } from './finding.ts';

/** Everything a code stands for: a new one does not compile until it is explained here. */
export interface Explanation {
  readonly severity: Severity;
  readonly title: string;
  /** The playbook that fits; `null` when the next command is all there is to do. */
  readonly playbook: string | null;
  /** What to run next; `null` when nothing is to be done. */
  readonly next: string | null;
}

/** Worst first: the order in which findings are listed, and in which `next` is chosen. */
export const EXPLAINED: Readonly<Record<FindingCode, Explanation>> = {
  FORK: {
    severity: 'critical',
    title: 'Two control planes wrote different chains',
    playbook: 'split-brain',
    next: 'vlog-dr rebuild-metastore --from-loglets',
  },
  CONTRADICTION: {
    severity: 'critical',
    title: 'What the servers know contradicts the chain',
    playbook: 'split-brain',
    next: 'vlog-dr verify',
  },
  METASTORE_LOST: {
    severity: 'critical',
    title: 'The MetaStore has lost the chain of a log',
    playbook: 'metastore-lost',
    next: 'vlog-dr rebuild-metastore --from-loglets',
  },
  METASTORE_STALE: {
    severity: 'critical',
    title: 'The MetaStore is older than the loglets',
    playbook: 'metastore-stale',
    next: 'vlog-dr rebuild-metastore --from-loglets',
  },
  REGISTER_UNREADABLE: {
    severity: 'critical',
    title: 'A register cannot be read',
    playbook: 'metastore-lost',
    next: 'vlog-dr rebuild-metastore --from-loglets',
  },
  METASTORE_UNREACHABLE: {
    severity: 'critical',
    title: 'The MetaStore does not answer',
    playbook: 'metastore-majority-lost',
    next: 'vlog-dr doctor',
  },
  SEGMENT_LOST: {
    severity: 'critical',
    title: 'Positions are lost',
    playbook: 'segment-lost',
    next: 'vlog-dr verify',
  },
  LOGLET_UNSEALABLE: {
    severity: 'critical',
    title: 'The last loglet of a log cannot be sealed',
    playbook: 'loglet-unsealable',
    next: 'vlog-dr rebuild-metastore --from-loglets',
  },
  SEGMENT_UNREADABLE: {
    severity: 'critical',
    title: 'Positions cannot be read from any server that answers',
    playbook: 'segment-lost',
    next: 'vlog-dr verify',
  },
  LOG_STUCK_SEALED: {
    severity: 'critical',
    title: 'The last loglet is sealed and has no successor',
    playbook: 'log-stuck',
    next: 'vlog-dr reconfigure LOG',
  },
  LOG_NOT_ACTIVATED: {
    severity: 'critical',
    title: 'The last loglet was installed and not activated',
    playbook: 'log-stuck',
    next: 'vlog-dr reconfigure LOG',
  },
  LOG_NOT_WRITABLE: {
    severity: 'critical',
    title: 'A log takes no appends',
    playbook: 'logservers-lost',
    next: 'vlog-dr reconfigure LOG',
  },
  SEQUENCER_GONE: {
    severity: 'warning',
    title: 'The process that gives positions is gone',
    playbook: 'log-stuck',
    next: 'vlog-dr reconfigure LOG',
  },
  DESCRIPTORS_DIFFER: {
    severity: 'critical',
    title: 'Servers hold different descriptors of one loglet',
    playbook: 'split-brain',
    next: 'vlog-dr verify',
  },
  ENTRIES_CORRUPT: {
    severity: 'warning',
    title: 'Entries are damaged on a server',
    playbook: 'entries-corrupt',
    next: 'vlog-dr repair',
  },
  RECORDS_DAMAGED: {
    severity: 'warning',
    title: 'A server holds records that failed their digest',
    playbook: 'entries-corrupt',
    next: 'vlog-dr verify',
  },
  LOGLET_ONE_LOSS_FROM_UNSEALABLE: {
    severity: 'warning',
    title: 'One more loss makes a log unsealable',
    playbook: 'logservers-lost',
    next: 'vlog-dr reconfigure LOG',
  },
  SERVER_UNREACHABLE: {
    severity: 'warning',
    title: 'A server does not answer',
    playbook: 'logservers-lost',
    next: null,
  },
  SERVER_STALE: {
    severity: 'warning',
    title: 'A server stands under an older generation',
    playbook: 'server-returned',
    next: 'vlog-dr fence',
  },
  SERVER_UNADMITTED: {
    severity: 'warning',
    title: 'A newly formatted store waits to be admitted',
    playbook: 'server-returned',
    next: 'vlog-dr admit SERVER',
  },
  SERVER_FOREIGN: {
    severity: 'warning',
    title: 'An address is answered by another cluster',
    playbook: null,
    next: 'vlog-dr doctor',
  },
  SEGMENT_UNDER_REPLICATED: {
    severity: 'warning',
    title: 'A segment has fewer whole copies than it should',
    playbook: 'under-replicated',
    next: 'vlog-dr repair',
  },
  RECOVERY_NOT_VERIFIED: {
    severity: 'warning',
    title: 'A recovery is not verified yet',
    playbook: 'under-replicated',
    next: 'vlog-dr verify --apply',
  },
  METASTORE_DEGRADED: {
    severity: 'warning',
    title: 'Members of the MetaStore are missing',
    playbook: null,
    next: 'vlog-dr doctor',
  },
  SNAPSHOT_BROKEN: {
    severity: 'warning',
    title: 'A backup is damaged',
    playbook: 'repository-lost',
    next: 'vlog-dr backups verify',
  },
  REPOSITORY_UNREACHABLE: {
    severity: 'warning',
    title: 'The repository does not answer',
    playbook: 'repository-lost',
    next: 'vlog-dr doctor',
  },
  BACKUP_MISSING: {
    severity: 'warning',
    title: 'A log has no backup',
    playbook: null,
    next: 'vlog-dr backup',
  },
  BACKUP_BEHIND: {
    severity: 'warning',
    title: 'The backup is older than the chain',
    playbook: null,
    next: 'vlog-dr backup',
  },
  LOSS_RECORDED: {
    severity: 'info',
    title: 'An operator accepted a loss',
    playbook: null,
    next: null,
  },
  ORPHAN: {
    severity: 'info',
    title: 'A loglet was provisioned and is not in the chain',
    playbook: null,
    next: null,
  },
  ABANDONED: {
    severity: 'info',
    title: 'A recovery left a loglet out of the chain',
    playbook: null,
    next: null,
  },
};
