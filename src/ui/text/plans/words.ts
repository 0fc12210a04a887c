import { describeDurability, type NodesetMember } from '../../../core/durability.ts';
import type { Interval } from '../../../core/evidence.ts';
import type { ServerId } from '../../../core/ids.ts';

/** `s1, s2, s3`; `nobody` for none. */
export function names(servers: readonly string[]): string {
  return servers.length === 0 ? 'nobody' : servers.join(', ');
}

/** `s1+s2, or s3`: any one of these sets would do. */
export function eitherOf(sets: readonly (readonly ServerId[])[]): string {
  return sets.map((set) => set.join('+')).join(', or ');
}

/** `100 to 120`, inclusive and exclusive as everywhere; `from 120 on` where nobody knows the end. */
export function interval({ from, to }: Interval): string {
  return to === undefined ? `from ${from} on` : `${from} to ${to}`;
}

export function intervals(all: readonly Interval[]): string {
  return all.map(interval).join('; ');
}

export function nodesetText(
  nodeset: readonly NodesetMember[],
  durability?: Parameters<typeof describeDurability>[0],
): string {
  const members = nodeset.map((member) => member.serverId).join(',');
  return durability === undefined ? members : `${members} (${describeDurability(durability)})`;
}

export interface PlanEnding {
  readonly planId: string;
  readonly assumptions: readonly string[];
  readonly actions: readonly { readonly step: string; readonly says: string }[];
}

/** What will be done, in order, and what it rests on. */
export function actionsText({ actions, assumptions }: PlanEnding): string[] {
  const lines: string[] = [];
  if (actions.length > 0)
    lines.push('', 'What will be done:', ...actions.map((one, place) => `  ${place + 1}. ${one.says}`));
  if (assumptions.length > 0) lines.push('', 'This rests on:', ...assumptions.map((one) => `  - ${one}`));
  return lines;
}

interface DecidedPlan extends PlanEnding {
  readonly cluster: { readonly name: string };
  readonly decision: 'apply' | 'nothing to do' | 'refuse';
  readonly problems: readonly string[];
  readonly needs: readonly string[];
  readonly given: readonly string[];
}

export function titleOf(plan: DecidedPlan, what: string): string {
  return `Plan ${plan.planId.slice(0, 12)} for ${plan.cluster.name}: ${what}`;
}

/** Why it may not be done as it stands, what will be done, and what to type next. */
export function endingText(plan: DecidedPlan): string[] {
  const missing = plan.needs.filter((flag) => !plan.given.includes(flag));
  return [
    ...plan.problems.map((problem) => `ATTENTION: ${problem}`),
    ...(missing.length > 0 ? [`Applied only with: ${missing.join(' ')}`] : []),
    ...actionsText(plan),
    ...(plan.decision === 'nothing to do' ? ['', 'No action is needed.'] : []),
    ...(plan.decision === 'apply' ? ['', 'Next: the same command with --apply'] : []),
  ];
}
