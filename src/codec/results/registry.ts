import { z } from 'zod';
import { admitResultSchema } from './admit.ts';
import { assessmentSchema } from './assess.ts';
import {
  backupResultSchema,
  backupsDiffResultSchema,
  backupsListResultSchema,
  backupsPruneResultSchema,
  backupsShowResultSchema,
  backupsVerifyResultSchema,
} from './backup.ts';
import { doctorResultSchema, initResultSchema } from './doctor.ts';
import { drillListSchema, drillRunSchema, drillTrendSchema, drillVerifyResultSchema } from './drill.ts';
import { failureResultSchema } from './failure.ts';
import { fenceResultSchema } from './fence.ts';
import { followEventSchema } from './follow.ts';
import { forceNewClusterResultSchema } from './forceNewCluster.ts';
import { foreignAssessmentSchema } from './foreignAssess.ts';
import { foreignVerificationSchema } from './foreignVerify.ts';
import { guideSchema } from './guide.ts';
import {
  ackedResultSchema,
  logAppendResultSchema,
  logCreateResultSchema,
  logReadResultSchema,
  logTailResultSchema,
  logTrimResultSchema,
} from './log.ts';
import { placeResultSchema } from './place.ts';
import {
  playbookAnswersSchema,
  playbookApproveSchema,
  playbookLintSchema,
  playbookListSchema,
  playbookReportSchema,
  playbookRunResultSchema,
  playbookShowSchema,
} from './playbook.ts';
import { rebuildResultSchema } from './rebuild.ts';
import { reconfigureResultSchema } from './reconfigure.ts';
import { endLogResultDocumentSchema, registersResultSchema } from './registers.ts';
import { repairResultSchema } from './repair.ts';
import { restoreResultSchema } from './restore.ts';
import { retireResultSchema } from './retire.ts';
import { runResultSchema, runsResultSchema } from './runs.ts';
import {
  sandboxCopyMetaStoreSchema,
  sandboxCorruptSchema,
  sandboxLoadSchema,
  sandboxLoseMetaStoreSchema,
  sandboxStatusSchema,
  sandboxStrandSchema,
  sandboxVerbSchema,
} from './sandbox.ts';
import { sealResultSchema } from './seal.ts';
import { setBackupResultSchema, setBackupsListSchema, setFollowEventSchema } from './setBackup.ts';
import { shadowResultSchema } from './shadow.ts';
import { testRestoreResultSchema } from './testRestore.ts';
import { verificationSchema } from './verify.ts';

/** Every `--json` result by the name of its command: what `vlog-dr schema` lists. `runs list` is `runs-list`. */
export const RESULT_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  backup: z.union([backupResultSchema, setBackupResultSchema]),
  'backup-follow': z.union([followEventSchema, setFollowEventSchema]),
  'backups-diff': backupsDiffResultSchema,
  'backups-list': z.union([backupsListResultSchema, setBackupsListSchema]),
  'backups-prune': backupsPruneResultSchema,
  'backups-show': backupsShowResultSchema,
  'backups-test-restore': testRestoreResultSchema,
  'backups-verify': backupsVerifyResultSchema,
  doctor: doctorResultSchema,
  'drill-list': drillListSchema,
  'drill-run': drillRunSchema,
  'drill-trend': drillTrendSchema,
  'drill-verify-records': drillVerifyResultSchema,
  'drill-shadow': shadowResultSchema,
  assess: z.union([assessmentSchema, foreignAssessmentSchema]),
  error: failureResultSchema,
  admit: admitResultSchema,
  fence: fenceResultSchema,
  'force-new-cluster': z.union([forceNewClusterResultSchema, registersResultSchema]),
  reconfigure: z.union([reconfigureResultSchema, endLogResultDocumentSchema]),
  repair: repairResultSchema,
  restore: restoreResultSchema,
  retire: retireResultSchema,
  seal: z.union([sealResultSchema, endLogResultDocumentSchema]),
  init: initResultSchema,
  'log-append': logAppendResultSchema,
  'log-create': logCreateResultSchema,
  'log-read': logReadResultSchema,
  'log-tail': logTailResultSchema,
  'log-trim': logTrimResultSchema,
  guide: guideSchema,
  place: placeResultSchema,
  'playbook-answers': playbookAnswersSchema,
  'playbook-approve': playbookApproveSchema,
  'playbook-lint': playbookLintSchema,
  'playbook-list': playbookListSchema,
  'playbook-resume': playbookRunResultSchema,
  'playbook-report': playbookReportSchema,
  'playbook-run': playbookRunResultSchema,
  'playbook-show': playbookShowSchema,
  'rebuild-metastore': z.union([rebuildResultSchema, registersResultSchema]),
  'runs-list': runsResultSchema,
  'runs-show': runResultSchema,
  'sandbox-copy-metastore': sandboxCopyMetaStoreSchema,
  'sandbox-corrupt': sandboxCorruptSchema,
  'sandbox-down': sandboxVerbSchema,
  'sandbox-kill': sandboxVerbSchema,
  'sandbox-load': sandboxLoadSchema,
  'sandbox-lose-metastore': sandboxLoseMetaStoreSchema,
  'sandbox-pause': sandboxVerbSchema,
  'sandbox-resume': sandboxVerbSchema,
  'sandbox-start': sandboxVerbSchema,
  'sandbox-status': sandboxStatusSchema,
  'sandbox-strand': sandboxStrandSchema,
  'sandbox-up': sandboxStatusSchema,
  'sandbox-wipe': sandboxVerbSchema,
  verify: z.union([verificationSchema, ackedResultSchema, foreignVerificationSchema]),
};

/** What every document has besides its result. */
export const versionedSchema = z.looseObject({ schemaVersion: z.literal(1) });

/** Of the text on stdout, not of the values that it decodes to: a position is a string there. */
export function jsonSchemaOf(name: string): object | undefined {
  const schema = RESULT_SCHEMAS[name];
  if (schema === undefined) return undefined;
  const document = z.intersection(versionedSchema, schema);
  return { title: name, ...z.toJSONSchema(document, { io: 'input', unrepresentable: 'any' }) };
}
