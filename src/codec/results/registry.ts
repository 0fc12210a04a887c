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
import { drillListSchema, drillResultSchema } from './drill.ts';
import { failureResultSchema } from './failure.ts';
import { fenceResultSchema } from './fence.ts';
import { followEventSchema } from './follow.ts';
import { forceNewClusterResultSchema } from './forceNewCluster.ts';
import {
  ackedResultSchema,
  logAppendResultSchema,
  logCreateResultSchema,
  logReadResultSchema,
  logTailResultSchema,
  logTrimResultSchema,
} from './log.ts';
import { rebuildResultSchema } from './rebuild.ts';
import { reconfigureResultSchema } from './reconfigure.ts';
import { repairResultSchema } from './repair.ts';
import { retireResultSchema } from './retire.ts';
import { runResultSchema, runsResultSchema } from './runs.ts';
import {
  sandboxLoadSchema,
  sandboxLoseMetaStoreSchema,
  sandboxStatusSchema,
  sandboxVerbSchema,
} from './sandbox.ts';
import { sealResultSchema } from './seal.ts';
import { testRestoreResultSchema } from './testRestore.ts';
import { verificationSchema } from './verify.ts';

/** Every `--json` result by the name of its command: what `vlog-dr schema` lists. `runs list` is `runs-list`. */
export const RESULT_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  backup: backupResultSchema,
  'backup-follow': followEventSchema,
  'backups-diff': backupsDiffResultSchema,
  'backups-list': backupsListResultSchema,
  'backups-prune': backupsPruneResultSchema,
  'backups-show': backupsShowResultSchema,
  'backups-test-restore': testRestoreResultSchema,
  'backups-verify': backupsVerifyResultSchema,
  doctor: doctorResultSchema,
  'drill-list': drillListSchema,
  'drill-run': drillResultSchema,
  assess: assessmentSchema,
  error: failureResultSchema,
  admit: admitResultSchema,
  fence: fenceResultSchema,
  'force-new-cluster': forceNewClusterResultSchema,
  reconfigure: reconfigureResultSchema,
  repair: repairResultSchema,
  retire: retireResultSchema,
  seal: sealResultSchema,
  init: initResultSchema,
  'log-append': logAppendResultSchema,
  'log-create': logCreateResultSchema,
  'log-read': logReadResultSchema,
  'log-tail': logTailResultSchema,
  'log-trim': logTrimResultSchema,
  'rebuild-metastore': rebuildResultSchema,
  'runs-list': runsResultSchema,
  'runs-show': runResultSchema,
  'sandbox-down': sandboxVerbSchema,
  'sandbox-kill': sandboxVerbSchema,
  'sandbox-load': sandboxLoadSchema,
  'sandbox-lose-metastore': sandboxLoseMetaStoreSchema,
  'sandbox-pause': sandboxVerbSchema,
  'sandbox-resume': sandboxVerbSchema,
  'sandbox-start': sandboxVerbSchema,
  'sandbox-status': sandboxStatusSchema,
  'sandbox-up': sandboxStatusSchema,
  'sandbox-wipe': sandboxVerbSchema,
  verify: z.union([verificationSchema, ackedResultSchema]),
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
