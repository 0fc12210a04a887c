import type { ReconfigurePlan } from '../../codec/plans/reconfigure.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import { applyReconfigure } from '../../operations/reconfigure/apply.ts';
import { reconfiguredText, reconfigureText } from '../../ui/text/plans/reconfigure.ts';
import { exitByDecision, type PlanKind, refuseByDecision } from './planKind.ts';

export const reconfigureKind: PlanKind<ReconfigurePlan> = {
  text: reconfigureText,
  exitOf: exitByDecision,
  hasWork: (plan) => plan.decision === 'apply',
  refuseUnlessApplicable: (plan) =>
    refuseByDecision(plan, plan.last.sealable ? 'E_NO_ADMISSIBLE_NODESET' : 'E_UNSEALABLE'),
  apply: async (plan, { cluster, journal }) => {
    const result = await applyReconfigure({ cluster, plan, journal });
    return {
      results: { result },
      text: reconfiguredText(plan, result),
      exit: result.asWished ? EXIT.done : EXIT.attention,
    };
  },
};
