import type { EndLogPlan } from '../../codec/plans/endLog.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import { DrError } from '../../core/errors.ts';
import { applyEndLog } from '../../operations/foreign/endLog/apply.ts';
import { endedText, endLogText } from '../../ui/text/plans/endLog.ts';
import { foreignParts } from '../foreign.ts';
import { exitByDecision, type PlanKind, refuseByDecision } from './planKind.ts';

export const endLogKind: PlanKind<EndLogPlan> = {
  text: endLogText,
  exitOf: (plan) => (plan.forced === undefined ? exitByDecision(plan) : EXIT.attention),
  hasWork: (plan) => plan.decision === 'apply',
  refuseUnlessApplicable: (plan) => {
    if (plan.decision === 'refuse' && plan.store.state !== 'serves')
      throw new DrError('E_METASTORE_UNAVAILABLE', {
        message: `${plan.problems.join(' ')} Nothing was changed.`,
        hint: 'Run `vlog-dr rebuild-metastore`, then this again.',
      });
    refuseByDecision(plan, 'E_UNSEALABLE');
  },
  apply: async (plan, { connection, journal }) => {
    const result = await applyEndLog({
      ...{ plan, journal, clock: connection.clock },
      parts: foreignParts(connection),
    });
    const isDone = plan.command === 'seal' || result.writable;
    return {
      results: { result },
      text: endedText(plan, result),
      exit: isDone && plan.forced === undefined ? EXIT.done : EXIT.attention,
    };
  },
};
