import type { RegistersPlan } from '../../../codec/plans/registers.ts';
import { DrError } from '../../../core/errors.ts';
import type { SurvivorPlace } from '../../../ports/MetaStoreAdmin.ts';
import { lookAtEtcd } from '../forceNewCluster/look.ts';
import { newEtcdOf } from '../forceNewCluster/plan.ts';
import { observeForeign } from '../observe/observe.ts';
import type { RegistersApplyInput } from './apply.ts';
import { planRegisters, type RegistersConsent, substanceOf } from './plan.ts';

/** Everything once more, right before something is changed: goes on only if the plan still holds, and keeps the values. */
export async function lookAgainAndKeep(input: RegistersApplyInput): Promise<string> {
  const { parts, extra, plan, keep, journal, admin } = input;
  const { newEtcd: planned } = plan;
  const remains = planned && admin && (await lookAtEtcd(admin, namedIn(planned.survivors)));
  const observation = await observeForeign(parts, extra, remains);
  const { command, stated } = plan;
  const newEtcd = remains && planned && newEtcdOf(remains, planned);
  const again = planRegisters({
    ...{ command, observation, stated, consent: consentOf(plan) },
    ...(newEtcd !== undefined && { newEtcd }),
  });
  if (substanceOf(again.plan) !== substanceOf(plan))
    throw new DrError('E_PLAN_OUT_OF_DATE', {
      message: `What plan ${plan.planId.slice(0, 12)} rests on has changed: ${whatChanged(plan, again.plan)}. Nothing was changed.`,
      context: { planId: plan.planId },
    });
  return await keep.save(journal.runId, again.values);
}

function namedIn(survivors: readonly SurvivorPlace[]): SurvivorPlace[] {
  return survivors.filter(({ origin }) => origin !== 'member').map(({ origin, name }) => ({ origin, name }));
}

export function consentOf({ given }: RegistersPlan): RegistersConsent {
  const named = (flag: string) =>
    new Set(given.flatMap((one) => (one.startsWith(`${flag} `) ? [one.slice(flag.length + 1)] : [])));
  return {
    acceptLoss: named('--accept-loss'),
    acceptUnproven: named('--accept-unproven'),
    oldMetaStoreDestroyed: given.includes('--old-metastore-destroyed'),
  };
}

function whatChanged(before: RegistersPlan, after: RegistersPlan): string {
  const changed = before.registers.flatMap(({ key, version, digest }) => {
    const now = after.registers.find((one) => one.key === key);
    if (now === undefined) return [`${key} is gone`];
    if (now.version !== version) return [`${key} is version ${now.version}, not ${version}`];
    return now.digest === digest ? [] : [`${key} has another value`];
  });
  const differences = [
    before.verdict !== after.verdict && `verdict ${before.verdict} → ${after.verdict}`,
    before.decision !== after.decision && `decision ${before.decision} → ${after.decision}`,
    before.store.state !== after.store.state && `the store: ${before.store.state} → ${after.store.state}`,
  ].filter((one) => one !== false);
  return [...changed, ...differences].join('; ') || 'evidence in detail';
}
