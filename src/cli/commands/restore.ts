import { NO_EVIDENCE } from '../../codec/evidenceOptions.ts';
import { logId } from '../../core/ids.ts';
import { restorePlanOf } from '../../operations/restore/restorePlanOf.ts';
import type { CommandModule } from '../app.ts';
import { dataDeps } from '../backupDeps.ts';
import { logIdOf } from '../options.ts';
import { finishPlan } from '../plans/planFlow.ts';

/** `restore LOG`: segments that no server gives are read from the repository from now on. */
export const run: CommandModule['run'] = async (app, [name = ''], options) => {
  const connection = await app.connect();
  const acceptLoss = new Set(options.texts('acceptLoss').map(logId));
  const plan = await restorePlanOf(dataDeps(connection), logIdOf(name), acceptLoss);
  return finishPlan(app, connection, { plan, evidence: NO_EVIDENCE }, options);
};
