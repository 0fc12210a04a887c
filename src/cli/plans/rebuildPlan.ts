import type { RebuildPlan } from '../../codec/plan.ts';
import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { applyRebuild, refuseUnlessApplicable } from '../../operations/rebuild/apply.ts';
import type { LogResult } from '../../operations/rebuild/restoreLog.ts';
import { rebuildText, restoredText } from '../../ui/text/plans/rebuild.ts';
import type { Applied, PlanKind } from './planKind.ts';

export const rebuildKind: PlanKind<RebuildPlan> = {
  text: (plan) => rebuildText(plan),
  exitOf,
  hasWork: (plan) => plan.logs.some((log) => log.decision === 'install'),
  refuseUnlessApplicable,
  apply: async (plan, parts): Promise<Applied> => {
    // Asked before anything is sealed: with the MetaStore down, a healthy log would be taken down by its rescue.
    for (const log of plan.logs) if (log.decision === 'install') await parts.into.proveWritable(log.logId);
    const results = await applyRebuild({ ...parts, plan });
    return { results: { results }, text: restoredText(plan, results), exit: appliedExit(plan, results) };
  },
};

/** Something to decide is attention, not refusal: nothing was asked for yet but a plan. A contradiction is none's to decide. */
function exitOf(plan: RebuildPlan): ExitCode {
  if (plan.logs.some(({ verdict }) => verdict === 'contradiction')) return EXIT.refused;
  const open = plan.logs.filter((log) => log.decision !== 'nothing to do');
  const isClear = open.every(
    ({ decision, verdict, loss }) =>
      decision === 'install' && verdict === 'proven' && loss.lost.length + loss.possiblyLost.length === 0,
  );
  return isClear ? EXIT.done : EXIT.attention;
}

/** Everything is there, shown to be so, and takes appends; anything less wants a person's eye. */
function appliedExit(plan: RebuildPlan, results: readonly LogResult[]): ExitCode {
  const isWhole = results.every((log) => log.verdict === 'proven' && log.writable);
  return isWhole ? exitOf(plan) : EXIT.attention;
}
