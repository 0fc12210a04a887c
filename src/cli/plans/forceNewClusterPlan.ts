import type { ForceNewClusterPlan } from '../../codec/plans/forceNewCluster.ts';
import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { applyForceNewCluster } from '../../operations/forceNewCluster/apply.ts';
import { refuseUnlessApplicable } from '../../operations/rebuild/apply.ts';
import { forcedText, forceNewClusterText } from '../../ui/text/plans/forceNewCluster.ts';
import { type Applied, type PlanKind, refuseByDecision } from './planKind.ts';
import { rebuildKind } from './rebuildPlan.ts';

export const forceNewClusterKind: PlanKind<ForceNewClusterPlan> = {
  text: (plan) => forceNewClusterText(plan),
  exitOf,
  hasWork: (plan) => plan.decision === 'apply',
  refuseUnlessApplicable: (plan) => {
    refuseUnlessApplicable(plan.rebuild);
    refuseByDecision(plan);
  },
  apply: async (plan, { cluster, journal, extra, metaStoreAdmin }): Promise<Applied> => {
    const admin = await metaStoreAdmin();
    const forced = await applyForceNewCluster({ cluster, admin, plan, extra, journal });
    const { logs: results, members, moved, durationMs } = forced;
    const health = members.map(({ name, clientUrl, state }) => ({ name, clientUrl, state }));
    const isWhole = results.every((log) => log.verdict === 'proven' && log.writable);
    return {
      results: { results, health, moved, durationMs },
      text: forcedText(plan, forced),
      exit: isWhole ? EXIT.done : EXIT.attention,
    };
  },
};

/** An old member that came back, or anything unproven, is attention: nothing was asked for yet but a plan. */
function exitOf(plan: ForceNewClusterPlan): ExitCode {
  const isClear = plan.problems.length === 0 && rebuildKind.exitOf(plan.rebuild) === EXIT.done;
  return isClear ? EXIT.done : EXIT.attention;
}
