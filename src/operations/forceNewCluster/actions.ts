import type { ForceNewClusterPlan } from '../../codec/plans/forceNewCluster.ts';
import type { PlanAction } from '../../codec/plans/head.ts';

type Body = Omit<ForceNewClusterPlan, 'planId' | 'actions'>;

/** Names of steps, the same in the plan, in the journal and on a resume. */
export const STEPS = {
  copy: 'copy survivors',
  reconcile: 'reconcile on loopback',
  open: 'open to clients',
  add: (name: string) => `add ${name}`,
  verify: 'verify members',
} as const;

/** In the order of `apply`: until `open`, nothing of what was there has been touched. */
export function actionsOf(plan: Body): PlanAction[] {
  if (plan.decision !== 'apply') return [];
  const add = plan.additions.map(({ name, clientUrl }) => ({
    step: STEPS.add(name),
    says: `Add ${name} (${clientUrl}), without a vote until it holds everything. What is on its place now is stopped, its data moved aside.`,
  }));
  const verify = { step: STEPS.verify, says: 'Ask every member, and prove the registers writable.' };
  if (plan.start === 'running')
    return [...copying(plan), ...plan.rebuild.actions, ...add, ...(plan.engine === 'etcd' ? [verify] : [])];
  const { first } = plan;
  return [
    ...copying(plan),
    {
      step: STEPS.reconcile,
      says: `${plan.start === 'survivor' ? 'Restore the copy into a new directory' : 'Start an empty etcd'} as a new cluster of one, on loopback ports that nobody knows, and in it:`,
    },
    ...plan.rebuild.actions,
    {
      step: STEPS.open,
      says: `Stop what is left on ${first?.name}, move its data aside, and start the new cluster at ${first?.clientUrl}.`,
    },
    ...add,
    verify,
  ];
}

function copying({ survivors }: Body): PlanAction[] {
  if (survivors.length === 0) return [];
  const names = survivors.map(({ name }) => name).join(', ');
  return [
    {
      step: STEPS.copy,
      says: `Copy what is left of the old MetaStore (${names}). The originals stay as they are.`,
    },
  ];
}
