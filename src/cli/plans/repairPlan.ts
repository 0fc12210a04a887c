import type { RepairPlan } from '../../codec/plans/repair.ts';
import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { applyRepair } from '../../operations/repair/apply.ts';
import { repairedText, repairText } from '../../ui/text/plans/repair.ts';
import { type PlanKind, refuseByDecision } from './planKind.ts';

export const repairKind: PlanKind<RepairPlan> = {
  text: repairText,
  exitOf,
  hasWork: (plan) => plan.decision === 'apply',
  refuseUnlessApplicable: (plan) => refuseByDecision(plan, 'E_CONTRADICTION'),
  apply: async (plan, { cluster, journal }) => {
    const result = await applyRepair({ cluster, plan, journal });
    const isWhole = result.failed.length === 0 && result.left.length === 0 && !result.again;
    return { results: { result }, text: repairedText(result), exit: isWhole ? EXIT.done : EXIT.attention };
  },
};

/** What cannot be made whole now needs attention, also when the rest can. */
function exitOf(plan: RepairPlan): ExitCode {
  return plan.problems.length + plan.left.length > 0 ? EXIT.attention : EXIT.done;
}
