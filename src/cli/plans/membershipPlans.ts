import type { AdmitPlan, RetirePlan } from '../../codec/plans/membership.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import { applyAdmit } from '../../operations/admit/apply.ts';
import { applyRetire } from '../../operations/retire/apply.ts';
import { admitText, admittedText, retiredText, retireText } from '../../ui/text/plans/membership.ts';
import { exitByDecision, type PlanKind, refuseByDecision } from './planKind.ts';

export const admitKind: PlanKind<AdmitPlan> = {
  text: admitText,
  exitOf: exitByDecision,
  hasWork: (plan) => plan.decision === 'apply',
  refuseUnlessApplicable: (plan) => refuseByDecision(plan, 'E_NOT_ADMISSIBLE'),
  apply: async (plan, { cluster, journal }) => {
    await applyAdmit({ cluster, plan, journal });
    const { server, storeId, generation } = plan;
    return {
      results: { result: { server, storeId, generation } },
      text: admittedText(plan),
      exit: EXIT.done,
    };
  },
};

export const retireKind: PlanKind<RetirePlan> = {
  text: retireText,
  exitOf: exitByDecision,
  hasWork: (plan) => plan.decision === 'apply',
  refuseUnlessApplicable: (plan) =>
    refuseByDecision(plan, 'E_STILL_NEEDED', (missing) => wayOn(plan, missing)),
  apply: async (plan, { cluster, journal }) => {
    const recordedIn = (await applyRetire({ cluster, plan, journal })).map((log) => log.logId);
    const { server, stores } = plan;
    return { results: { result: { server, stores, recordedIn } }, text: retiredText(plan), exit: EXIT.done };
  },
};

/** The way that loses nothing first; then what would have to be true for the other one. */
function wayOn({ server, needs }: RetirePlan, missing: readonly string[]): string {
  const copies = `\`vlog-dr repair --apply\` copies what only ${server} holds`;
  const saves = needs.includes('--destroyed') ? `Start ${server}: ${copies}` : copies;
  const otherwise = missing.includes('--destroyed')
    ? `Only where every disk of ${server} is destroyed: ${missing.join(' ')}.`
    : `To give those positions up: ${missing.join(' ')}.`;
  return `${saves}; then plan again. ${otherwise}`;
}
