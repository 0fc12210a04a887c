import type { RestorePlan } from '../../codec/plans/restore.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import { DrError } from '../../core/errors.ts';
import { applyRestore } from '../../operations/restore/apply.ts';
import { restoredText, restoreText } from '../../ui/text/plans/restore.ts';
import { type PlanKind, refuseByDecision } from './planKind.ts';

export const restoreKind: PlanKind<RestorePlan> = {
  text: restoreText,
  exitOf: ({ decision, verdict }) =>
    decision === 'nothing to do' || (decision === 'apply' && verdict === 'whole')
      ? EXIT.done
      : EXIT.attention,
  hasWork: (plan) => plan.decision === 'apply',
  refuseUnlessApplicable: (plan) =>
    refuseByDecision(plan, plan.verdict === 'nothing held' ? 'E_POSITIONS_LOST' : 'E_CONSENT_MISSING'),
  apply: async (plan, { cluster, journal }) => {
    const { archive } = cluster;
    if (archive === undefined)
      throw new DrError('E_CONFIG', { message: 'No repository is configured. Nothing was changed.' });
    const done = await applyRestore({ cluster, archive, plan, journal });
    const result = {
      logId: plan.logId,
      ...done,
      restored: plan.segments.flatMap(({ held }) => held),
      lost: plan.segments.flatMap(({ left }) => left),
    };
    const isWhole = plan.verdict === 'whole';
    return {
      results: { result },
      text: restoredText(plan, done),
      exit: isWhole ? EXIT.done : EXIT.attention,
    };
  },
};
