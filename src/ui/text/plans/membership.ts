import type { AdmitPlan, RetirePlan } from '../../../codec/plans/membership.ts';
import { describeGeneration } from '../../../core/generation.ts';
import { endingText, intervals, titleOf } from './words.ts';

/** An admission as the person reads it who has to say yes. */
export function admitText(plan: AdmitPlan): string {
  return [
    titleOf(plan, `admit ${plan.server}${plan.storeId === undefined ? '' : ` (store ${plan.storeId})`}`),
    ...(plan.generation === undefined
      ? []
      : [
          `The highest generation is ${describeGeneration(plan.generation)}, as told by ${plan.toldBy.join(', ')}.`,
        ]),
    ...endingText(plan),
  ].join('\n');
}

export function admittedText(plan: AdmitPlan): string {
  const held = plan.generation === undefined ? '' : ` at generation ${describeGeneration(plan.generation)}`;
  return `${plan.server} is a member${held}. It holds nothing yet: reconfigurations will use it, and \`vlog-dr repair\` fills it.`;
}

/** A retirement as the person reads it who has to say yes. */
export function retireText(plan: RetirePlan): string {
  return [
    titleOf(plan, `take ${plan.server} out of service for good`),
    `Stores: ${plan.stores.join(', ') || 'none known'}${plan.alreadyRetired ? '; it refuses every generation already' : ''}`,
    ...plan.logs.map(logText),
    ...endingText(plan),
  ].join('\n');
}

function logText(log: RetirePlan['logs'][number]): string {
  const facts = [
    log.recorded ? 'recorded' : 'not recorded yet',
    log.inLastNodeset ? 'APPENDS TO IT' : 'does not append to it',
    ...(log.onlyHere.length > 0 ? [`ONLY HERE: ${intervals(log.onlyHere)}`] : []),
  ];
  return `  Log ${log.logId}: ${facts.join(', ')}`;
}

export function retiredText(plan: RetirePlan): string {
  return [
    `${plan.server} is out of service, and every log says so: later recoveries need not wait for it.`,
    'Next: take it out of the configuration.',
  ].join('\n');
}
