import type { AnyPlan } from '../codec/plans/planFile.ts';

/** Flags, with their values, that a plan asks for and was not given; empty where it cannot be accepted by any. */
export function missingConsents(plan: AnyPlan): string[] {
  switch (plan.kind) {
    case 'rebuild-metastore': {
      const { consent } = plan;
      const given = new Set([
        ...consent.acceptLoss.map((log) => `--accept-loss ${log}`),
        ...consent.acceptUnproven.map((log) => `--accept-unproven ${log}`),
        ...(consent.oldMetaStoreDestroyed ? ['--old-metastore-destroyed'] : []),
      ]);
      const refused = plan.logs.filter((log) => log.decision === 'refuse' && log.verdict !== 'contradiction');
      return [...new Set(refused.flatMap((log) => log.needs))].filter((flag) => !given.has(flag));
    }
    case 'force-new-cluster':
      return missingConsents(plan.rebuild);
    default:
      return plan.decision === 'refuse' ? plan.needs.filter((flag) => !plan.given.includes(flag)) : [];
  }
}

/** Whether the plan can be applied as it is, and there is something in it to apply. */
export function isApplicable(plan: AnyPlan): boolean {
  switch (plan.kind) {
    case 'rebuild-metastore':
      return plan.logs.every((log) => log.decision !== 'refuse') && plan.actions.length > 0;
    case 'force-new-cluster':
      return plan.decision === 'apply' && plan.rebuild.logs.every((log) => log.decision !== 'refuse');
    default:
      return plan.decision === 'apply';
  }
}
