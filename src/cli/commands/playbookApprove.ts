import { decodePlanFile } from '../../codec/plans/planFile.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import { approvalCode } from '../../playbook/approval.ts';
import type { CommandModule } from '../app.ts';
import { confirmApply } from '../consent.ts';
import { kindOf } from '../plans/kinds.ts';

/** `playbook approve FILE`: shows a plan to a second person, and gives the code that approves it. Changes nothing. */
export const run: CommandModule['run'] = async (app, [file = '']) => {
  const { plan } = decodePlanFile(file, await app.readText(file));
  const kind = await kindOf(plan);
  app.reporter.text(kind.text(plan, app.out));
  await confirmApply(app, plan.cluster, 'You approve this plan, for another person to apply.');
  const code = approvalCode(plan.planId);
  app.out.result({ planId: plan.planId, kind: plan.kind, code }, () => `Approval code: ${code}`);
  return EXIT.done;
};
