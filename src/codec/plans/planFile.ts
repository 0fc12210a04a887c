import { z } from 'zod';
import { digestOf } from '../../core/canonical.ts';
import { DrError } from '../../core/errors.ts';
import { toJson } from '../common.ts';
import { type EvidenceOptions, evidenceOptionsSchema } from '../evidenceOptions.ts';
import { decodeJson } from '../metastore.ts';
import { planSchema, type RebuildPlan } from '../plan.ts';
import { firstProblem } from '../problem.ts';
import { type EndLogPlan, endLogPlanSchema } from './endLog.ts';
import { type FencePlan, fencePlanSchema } from './fence.ts';
import { type ForceNewClusterPlan, forceNewClusterPlanSchema } from './forceNewCluster.ts';
import { type AdmitPlan, admitPlanSchema, type RetirePlan, retirePlanSchema } from './membership.ts';
import { type ReconfigurePlan, reconfigurePlanSchema } from './reconfigure.ts';
import { type RegistersPlan, registersPlanSchema } from './registers.ts';
import { type RepairPlan, repairPlanSchema } from './repair.ts';
import { type RestorePlan, restorePlanSchema } from './restore.ts';
import { type SealPlan, sealPlanSchema } from './seal.ts';

/** Plans for clusters of another engine. */
export type ForeignPlan = RegistersPlan | EndLogPlan;

export type AnyPlan =
  | ForeignPlan
  | RebuildPlan
  | SealPlan
  | ReconfigurePlan
  | FencePlan
  | AdmitPlan
  | RetirePlan
  | RepairPlan
  | RestorePlan
  | ForceNewClusterPlan;

export function isForeignPlan(plan: AnyPlan): plan is ForeignPlan {
  return plan.kind === 'rebuild-registers' || plan.kind === 'end-log';
}

const anyPlanSchema = z.discriminatedUnion('kind', [
  planSchema,
  sealPlanSchema,
  reconfigurePlanSchema,
  fencePlanSchema,
  admitPlanSchema,
  retirePlanSchema,
  repairPlanSchema,
  restorePlanSchema,
  forceNewClusterPlanSchema,
  registersPlanSchema,
  endLogPlanSchema,
]);

/** A plan as it is kept: the plan's own members, what evidence to look at again, and a digest over both. */
export interface KeptPlan {
  readonly plan: AnyPlan;
  readonly evidence: EvidenceOptions;
}

const trailerSchema = z.looseObject({ evidence: evidenceOptionsSchema, fileDigest: z.string() });

export function encodePlanFile({ plan, evidence }: KeptPlan): string {
  const file = { ...plan, evidence };
  return `${toJson({ ...file, fileDigest: digestOf(file) }, 2)}\n`;
}

/** Throws `E_BAD_PLAN` for anything but what `encodePlanFile` wrote: nobody applies what nobody reviewed. */
export function decodePlanFile(name: string, text: string): KeptPlan {
  const outer = decodeJson(trailerSchema, text);
  if (!outer.ok) throw badPlan(name, outer.problem);
  const { evidence, fileDigest, ...rest } = outer.value;
  const plan = anyPlanSchema.safeParse(rest);
  if (!plan.success) throw badPlan(name, firstProblem(plan.error));
  const { planId, ...body } = plan.data;
  if (digestOf(body) !== planId || digestOf({ ...plan.data, evidence }) !== fileDigest)
    throw badPlan(name, 'It does not match its own digest: it was changed after it was made.');
  return { plan: plan.data, evidence };
}

function badPlan(name: string, problem: string): DrError {
  return new DrError('E_BAD_PLAN', {
    message: `${name} is not a plan that can be applied. ${problem} Nothing was changed.`,
    context: { file: name },
  });
}
