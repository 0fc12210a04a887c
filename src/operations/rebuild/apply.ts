import { type LogPlan, planSchema, type RebuildPlan } from '../../codec/plan.ts';
import { DrError } from '../../core/errors.ts';
import { describeGeneration, greatestGeneration } from '../../core/generation.ts';
import { recoveryId } from '../../core/ids.ts';
import type { Consent } from '../../core/reconstruct/reconstruct.ts';
import { observe } from '../observe/observe.ts';
import { claimGeneration, raiseFence } from './fence.ts';
import type { ApplyInput } from './input.ts';
import { planRebuild, substanceOf } from './plan.ts';
import { type LogResult, restoreLog } from './restoreLog.ts';

/**
 * Carries out a reviewed plan (protocol §5). The order, and what each place in it survives:
 *
 *   1. claim     the generation's number in the repository: two recoveries never raise the same one there.
 *   2. fence     every server that answers: from here on only this recovery changes control state.
 *   3. observe   again, behind the fence, and plan again: whoever moved something in between is noticed.
 *   4. each log  see `restoreLog.ts`.
 *
 * Killed anywhere, the run is resumed from its journal, or the command is run anew: it finds its own work as evidence,
 * under a later generation, and ends the same.
 */
export async function applyRebuild(input: ApplyInput): Promise<readonly LogResult[]> {
  const { cluster, plan, journal } = input;
  refuseUnlessApplicable(plan);
  await journal.step('claim generation', () => claimGeneration(cluster, plan.generation));
  await journal.step('fence', () => raiseFence(cluster, plan));
  const fenced = await journal.step(
    'observe behind the fence',
    () => planBehindFence(input),
    (stored): RebuildPlan => planSchema.parse(stored),
  );
  const results: LogResult[] = [];
  for (const log of fenced.logs) {
    if (log.decision === 'install') results.push(await restoreLog({ ...input, plan: fenced }, log));
  }
  return results;
}

/** Refuses a plan that says itself that it may not be applied: nothing was changed. */
export function refuseUnlessApplicable(plan: RebuildPlan): void {
  const refused = plan.logs.filter((log) => log.decision === 'refuse');
  const [first] = refused;
  if (first === undefined) return;
  const contradicted = refused.find((log) => log.verdict === 'contradiction');
  if (contradicted !== undefined) throw contradiction(contradicted);
  const needs = [...new Set(refused.flatMap((log) => log.needs))];
  const unsealable = refused.find((log) => log.lastSegment === 'unsealable');
  throw new DrError(unsealable === undefined ? 'E_CONSENT_MISSING' : 'E_UNSEALABLE', {
    message: `${refused.map(whyRefused).join(' ')} Nothing was changed.`,
    hint:
      needs.length > 0
        ? `Bring back servers that would settle it, or accept the risk with ${needs.join(' ')}.`
        : 'Bring back servers that would settle it, and plan again.',
    context: { logs: refused.map((log) => log.logId), needs, wouldSettle: first.wouldSettle },
  });
}

function whyRefused(log: LogPlan): string {
  const settle = log.wouldSettle.map((set) => set.join('+')).join(', or ');
  const reasons = log.problems.map((problem) => problem.message).join(' ');
  return `Log ${log.logId} is ${log.verdict}: ${reasons}${settle === '' ? '' : ` Any of these would settle it: ${settle}.`}`;
}

function contradiction(log: LogPlan): DrError {
  const problems = log.problems.filter((problem) => problem.weighs === 'contradiction');
  const isFork = problems.some((problem) => problem.kind === 'fork');
  return new DrError(isFork ? 'E_FORK' : 'E_CONTRADICTION', {
    message: `Log ${log.logId}: ${problems.map((problem) => problem.message).join(' ')} Nothing was changed.`,
    context: { logId: log.logId },
  });
}

async function planBehindFence({ cluster, into, plan, extra }: ApplyInput): Promise<RebuildPlan> {
  const observation = await observe(cluster, extra, into);
  const stood = greatestGeneration(plan.servers.flatMap(({ generation }) => generation ?? []));
  const again = planRebuild({
    observation,
    clusterName: plan.cluster.name,
    consent: consentOf(plan),
    recoveryId: recoveryId(plan.generation.recoveryId),
    generation: plan.generation,
    ...(stood !== undefined && { stood }),
  });
  if (substanceOf(again) === substanceOf(plan)) return again;
  throw new DrError('E_PLAN_OUT_OF_DATE', {
    message: `What plan ${plan.planId.slice(0, 12)} rests on changed before the fence stood: ${whatChanged(plan, again)}. Generation ${describeGeneration(plan.generation)} is raised on the servers; no log and no register was changed, and appends go on.`,
    context: { planId: plan.planId },
  });
}

export function consentOf(plan: RebuildPlan): Consent {
  return {
    acceptLoss: new Set(plan.consent.acceptLoss),
    acceptUnproven: new Set(plan.consent.acceptUnproven),
    oldMetaStoreDestroyed: plan.consent.oldMetaStoreDestroyed,
    repositoryDestroyed: plan.consent.repositoryDestroyed,
  };
}

function whatChanged(before: RebuildPlan, after: RebuildPlan): string {
  const changed = before.logs.flatMap((log) => {
    const now = after.logs.find((one) => one.logId === log.logId);
    if (now === undefined) return [`log ${log.logId} is gone`];
    const differences = [
      now.verdict !== log.verdict && `verdict ${log.verdict} → ${now.verdict}`,
      now.decision !== log.decision && `decision ${log.decision} → ${now.decision}`,
      now.version !== log.version && `version ${log.version} → ${now.version}`,
      now.lastSegment !== log.lastSegment && `last segment ${log.lastSegment} → ${now.lastSegment}`,
      now.segments.length !== log.segments.length &&
        `segments ${log.segments.length} → ${now.segments.length}`,
    ].filter((one) => one !== false);
    return differences.length > 0 ? [`log ${log.logId}: ${differences.join(', ')}`] : [];
  });
  return changed.length > 0 ? changed.join('; ') : 'evidence in detail';
}
