import type { Severity } from './finding.ts';

/** What can be wrong with a cluster of another engine. Codes are permanent, as those of our own clusters are. */
export type ForeignFindingCode =
  | 'FOREIGN_CLUSTER'
  | 'METASTORE_LOST'
  | 'METASTORE_SILENT'
  | 'LOG_UNSEALABLE'
  | 'LOG_NOT_WRITABLE'
  | 'PARTITION_BROKEN'
  | 'METASTORE_DEGRADED'
  | 'NODES_SILENT'
  | 'NODES_WAITING'
  | 'LOG_MARGIN'
  | 'STORAGE_DATA_LOSS'
  | 'EVIDENCE'
  | 'BACKUP_NONE'
  | 'BACKUP_BEHIND'
  | 'SCHEMA_NONE'
  | 'SNAPSHOT_REPOSITORY_NONE';

export interface ForeignExplanation {
  readonly severity: Severity;
  /** The playbook that fits, where the finding does not name another; `null` when there is none. */
  readonly playbook: string | null;
}

/** Worst first: the order in which playbooks are proposed. A new code does not compile until it is explained here. */
export const FOREIGN_EXPLAINED: Readonly<Record<ForeignFindingCode, ForeignExplanation>> = {
  FOREIGN_CLUSTER: { severity: 'critical', playbook: null },
  METASTORE_LOST: { severity: 'critical', playbook: 'restate-metadata-lost' },
  METASTORE_SILENT: { severity: 'critical', playbook: 'restate-etcd-lost' },
  LOG_UNSEALABLE: { severity: 'critical', playbook: 'restate-logserver-lost' },
  LOG_NOT_WRITABLE: { severity: 'critical', playbook: 'restate-log-stuck' },
  PARTITION_BROKEN: { severity: 'critical', playbook: null },
  METASTORE_DEGRADED: { severity: 'warning', playbook: null },
  NODES_SILENT: { severity: 'warning', playbook: 'restate-logserver-lost' },
  NODES_WAITING: { severity: 'warning', playbook: null },
  LOG_MARGIN: { severity: 'warning', playbook: null },
  STORAGE_DATA_LOSS: { severity: 'warning', playbook: null },
  EVIDENCE: { severity: 'warning', playbook: null },
  BACKUP_NONE: { severity: 'warning', playbook: null },
  BACKUP_BEHIND: { severity: 'warning', playbook: null },
  SCHEMA_NONE: { severity: 'info', playbook: null },
  SNAPSHOT_REPOSITORY_NONE: { severity: 'info', playbook: null },
};
