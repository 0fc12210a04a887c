import type { AnyPlan } from '../../codec/plans/planFile.ts';
import type { PlanKind } from './planKind.ts';

type Kinds = { readonly [K in AnyPlan['kind']]: () => Promise<PlanKind<Extract<AnyPlan, { kind: K }>>> };

/** Every kind of plan, loaded when one is met: `apply FILE` and `runs resume` do not know beforehand. */
const KINDS: Kinds = {
  'rebuild-metastore': async () => (await import('./rebuildPlan.ts')).rebuildKind,
  seal: async () => (await import('./sealPlan.ts')).sealKind,
  reconfigure: async () => (await import('./reconfigurePlan.ts')).reconfigureKind,
  fence: async () => (await import('./fencePlan.ts')).fenceKind,
  admit: async () => (await import('./membershipPlans.ts')).admitKind,
  retire: async () => (await import('./membershipPlans.ts')).retireKind,
  'force-new-cluster': async () => (await import('./forceNewClusterPlan.ts')).forceNewClusterKind,
  'rebuild-registers': async () => (await import('./registersPlan.ts')).registersKind,
  'end-log': async () => (await import('./endLogPlan.ts')).endLogKind,
  restore: async () => (await import('./restorePlan.ts')).restoreKind,
  repair: async () => (await import('./repairPlan.ts')).repairKind,
};

/** The kind of this plan. The table above is typed kind by kind; looking one up by a value loses that. */
export async function kindOf<P extends AnyPlan>(plan: P): Promise<PlanKind<P>> {
  const load = KINDS[plan.kind] as unknown as () => Promise<PlanKind<P>>;
  return await load();
}
