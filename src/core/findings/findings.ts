import { abandoned } from './checks/abandoned.ts';
import { backupBehind } from './checks/backupBehind.ts';
import { backupMissing } from './checks/backupMissing.ts';
import { contradiction } from './checks/contradiction.ts';
import { descriptorsDiffer } from './checks/descriptorsDiffer.ts';
import { entriesCorrupt } from './checks/entriesCorrupt.ts';
import { fork } from './checks/fork.ts';
import { logletOneLoss } from './checks/logletOneLoss.ts';
import { logletUnsealable } from './checks/logletUnsealable.ts';
import { logNotActivated } from './checks/logNotActivated.ts';
import { logNotWritable } from './checks/logNotWritable.ts';
import { logStuckSealed } from './checks/logStuckSealed.ts';
import { lossRecorded } from './checks/lossRecorded.ts';
import { metaStoreDegraded } from './checks/metaStoreDegraded.ts';
import { metaStoreLost } from './checks/metaStoreLost.ts';
import { metaStoreStale } from './checks/metaStoreStale.ts';
import { metaStoreUnreachable } from './checks/metaStoreUnreachable.ts';
import { orphan } from './checks/orphan.ts';
import { recordsDamaged } from './checks/recordsDamaged.ts';
import { recoveryNotVerified } from './checks/recoveryNotVerified.ts';
import { registerUnreadable } from './checks/registerUnreadable.ts';
import { repositoryUnreachable } from './checks/repositoryUnreachable.ts';
import { segmentLost } from './checks/segmentLost.ts';
import { segmentUnderReplicated } from './checks/segmentUnderReplicated.ts';
import { segmentUnreadable } from './checks/segmentUnreadable.ts';
import { sequencerGone } from './checks/sequencerGone.ts';
import { serverForeign } from './checks/serverForeign.ts';
import { serverStale } from './checks/serverStale.ts';
import { serverUnadmitted } from './checks/serverUnadmitted.ts';
import { serverUnreachable } from './checks/serverUnreachable.ts';
import { snapshotBroken } from './checks/snapshotBroken.ts';
import { EXPLAINED } from './explained.ts';
import type { Check, Finding, FindingCode, Severity } from './finding.ts';
import type { Situation } from './situation.ts';

/** The check behind every code: one that has none does not compile. */
const CHECKS: Readonly<Record<FindingCode, Check>> = {
  METASTORE_LOST: metaStoreLost,
  METASTORE_UNREACHABLE: metaStoreUnreachable,
  METASTORE_DEGRADED: metaStoreDegraded,
  METASTORE_STALE: metaStoreStale,
  REGISTER_UNREADABLE: registerUnreadable,
  FORK: fork,
  CONTRADICTION: contradiction,
  SERVER_UNREACHABLE: serverUnreachable,
  SERVER_STALE: serverStale,
  SERVER_UNADMITTED: serverUnadmitted,
  SERVER_FOREIGN: serverForeign,
  RECORDS_DAMAGED: recordsDamaged,
  DESCRIPTORS_DIFFER: descriptorsDiffer,
  LOGLET_UNSEALABLE: logletUnsealable,
  LOGLET_ONE_LOSS_FROM_UNSEALABLE: logletOneLoss,
  LOG_STUCK_SEALED: logStuckSealed,
  LOG_NOT_ACTIVATED: logNotActivated,
  LOG_NOT_WRITABLE: logNotWritable,
  SEQUENCER_GONE: sequencerGone,
  SEGMENT_LOST: segmentLost,
  SEGMENT_UNREADABLE: segmentUnreadable,
  SEGMENT_UNDER_REPLICATED: segmentUnderReplicated,
  ENTRIES_CORRUPT: entriesCorrupt,
  RECOVERY_NOT_VERIFIED: recoveryNotVerified,
  LOSS_RECORDED: lossRecorded,
  BACKUP_MISSING: backupMissing,
  BACKUP_BEHIND: backupBehind,
  REPOSITORY_UNREACHABLE: repositoryUnreachable,
  SNAPSHOT_BROKEN: snapshotBroken,
  ORPHAN: orphan,
  ABANDONED: abandoned,
};

const WEIGHT: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 };
const RANK = new Map(Object.keys(EXPLAINED).map((code, rank) => [code, rank]));

/** Everything that is wrong, worst first. Pure: the same situation gives the same list. */
export function findingsOf(situation: Situation): Finding[] {
  return Object.values(CHECKS)
    .flatMap((check) => check(situation))
    .sort((a, b) => WEIGHT[severityOf(a)] - WEIGHT[severityOf(b)] || rankOf(a) - rankOf(b));
}

export function severityOf(finding: Finding): Severity {
  return finding.severity ?? EXPLAINED[finding.code].severity;
}

function rankOf({ code }: Finding): number {
  return RANK.get(code) ?? RANK.size;
}
