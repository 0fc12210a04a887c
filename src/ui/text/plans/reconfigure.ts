import type { ReconfiguredStep, ReconfigurePlan } from '../../../codec/plans/reconfigure.ts';
import { endingText, names, nodesetText, titleOf } from './words.ts';

/** A reconfiguration as the person reads it who has to say yes. */
export function reconfigureText(plan: ReconfigurePlan): string {
  const { last, successor } = plan;
  return [
    titleOf(plan, `reconfigure log ${plan.logId}, version ${plan.version}`),
    `Now: segment ${last.index} from ${last.start} on, loglet ${last.logletId}, on ${nodesetText(last.nodeset, last.durability)}; answering: ${names(last.responders)}`,
    ...(successor === undefined ? [] : [`Then: on ${nodesetText(successor.nodeset, successor.durability)}`]),
    ...endingText(plan),
  ].join('\n');
}

export function reconfiguredText(
  plan: ReconfigurePlan,
  result: ReconfiguredStep & { readonly asWished: boolean },
): string {
  const where = nodesetText(result.nodeset, result.durability);
  const first = `Log ${plan.logId}: version ${result.version}, ${result.segments} segments. Appends go on from ${result.start} in loglet ${result.logletId} on ${where}.`;
  if (result.asWished) return first;
  return [
    first,
    'ATTENTION: another client was quicker, and its loglet is not what was asked for.',
    'Next: the same command again.',
  ].join('\n');
}
