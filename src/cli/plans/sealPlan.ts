import type { SealPlan } from '../../codec/plans/seal.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import { DrError } from '../../core/errors.ts';
import { applySeal } from '../../operations/seal/apply.ts';
import { sealedText, sealText } from '../../ui/text/plans/seal.ts';
import { exitByDecision, type PlanKind, refuseByDecision } from './planKind.ts';

export const sealKind: PlanKind<SealPlan> = {
  text: sealText,
  exitOf: (plan) => (plan.sealable ? exitByDecision(plan) : EXIT.attention),
  hasWork: (plan) => plan.decision === 'apply',
  refuseUnlessApplicable,
  apply: async (plan, { cluster, journal, cachedChain }) => {
    const caches = await cachedChain(plan.logId);
    const result = await applySeal({ cluster, plan, journal, caches });
    const { whole: sealedOn, ...rest } = result;
    const isClean = !result.underReplicated && result.lossFrom === undefined;
    return {
      results: { result: { logId: plan.logId, logletId: plan.logletId, sealedOn, ...rest } },
      text: sealedText(plan, result),
      exit: isClean ? EXIT.done : EXIT.attention,
    };
  },
};

function refuseUnlessApplicable(plan: SealPlan): void {
  const missing = plan.needs.filter((flag) => !plan.given.includes(flag));
  if (plan.decision === 'refuse' && missing.includes('--metastore-down'))
    throw new DrError('E_METASTORE_UNAVAILABLE', {
      message: `${plan.problems.join(' ')} Nothing was changed.`,
      hint: 'Bring the MetaStore back, or seal all the same with --metastore-down.',
    });
  if (plan.decision === 'refuse' && missing.length === 0 && plan.sealable)
    throw new DrError('E_CONTRADICTION', { message: `${plan.problems.join(' ')} Nothing was changed.` });
  refuseByDecision(plan, 'E_UNSEALABLE');
}
