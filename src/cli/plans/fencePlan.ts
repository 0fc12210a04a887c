import type { FencePlan } from '../../codec/plans/fence.ts';
import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { applyFence } from '../../operations/fence/apply.ts';
import { fencedText, fenceText } from '../../ui/text/plans/fence.ts';
import { type PlanKind, refuseByDecision } from './planKind.ts';

export const fenceKind: PlanKind<FencePlan> = {
  text: fenceText,
  exitOf,
  hasWork: (plan) => plan.decision === 'apply',
  refuseUnlessApplicable: (plan) => refuseByDecision(plan, 'E_STALE_GENERATION'),
  apply: async (plan, { cluster, journal }) => {
    const result = await applyFence({ cluster, plan, journal });
    return { results: { result }, text: fencedText(plan, result), exit: exitOf(plan) };
  },
};

/** A server that nobody could fence may still come back and obey the old control plane. */
function exitOf(plan: FencePlan): ExitCode {
  const isOpen = plan.servers.some((server) => server.state === 'silent' || server.state === 'foreign');
  return isOpen || plan.decision === 'refuse' ? EXIT.attention : EXIT.done;
}
