import type { RepairPlan } from '../../../codec/plans/repair.ts';
import { endingText, names, titleOf } from './words.ts';

/** A repair as the person reads it who has to say yes. */
export function repairText(plan: RepairPlan): string {
  const segments = plan.logs.reduce((sum, log) => sum + log.segments.length, 0);
  return [
    titleOf(plan, `repair ${segments} segment${segments === 1 ? '' : 's'}`),
    ...leftText(plan.left),
    ...endingText(plan),
  ].join('\n');
}

export interface RepairOutcome {
  readonly added: number;
  readonly healed: number;
  readonly failed: readonly { readonly step: string; readonly message: string }[];
  readonly left: RepairPlan['left'];
  readonly again: boolean;
}

export function repairedText(result: RepairOutcome): string {
  const { added, healed, failed, left, again } = result;
  return [
    `${failed.length === 0 ? 'OK' : 'WARN'}: ${added} entries added, ${healed} damaged entries replaced.`,
    ...failed.map(({ step, message }) => `  WARN ${step}: ${message}`),
    ...leftText(left),
    again ? 'Next: `vlog-dr repair`: there is more to do.' : 'Next: `vlog-dr verify`',
  ].join('\n');
}

/** One line for each server and reason: it may lack hundreds of segments. */
function leftText(left: RepairPlan['left']): string[] {
  const groups = new Map<string, RepairPlan['left'][number][]>();
  for (const one of left) {
    const name = `${one.server}\n${one.because}\n${one.logId}`;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups.values()].map((group) => {
    const [first] = group;
    const indices = group.slice(0, 6).map((one) => String(one.index));
    const shown = group.length > indices.length ? `${names(indices)}, …` : names(indices);
    return `  WARN ${first?.server} stays without segment ${shown} of log ${first?.logId} whole: ${first?.because}.`;
  });
}
