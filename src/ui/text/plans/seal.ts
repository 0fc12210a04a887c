import type { SealPlan, SealStep } from '../../../codec/plans/seal.ts';
import { describeDurability } from '../../../core/durability.ts';
import { endingText, names, titleOf } from './words.ts';

/** A seal as the person reads it who has to say yes. */
export function sealText(plan: SealPlan): string {
  return [
    titleOf(plan, `seal loglet ${plan.logletId} of log ${plan.logId}`),
    `It is ${placeText(plan)}, segment ${plan.index}, from ${plan.start} on (${describeDurability(plan.durability)}), as ${plan.chain.from} tell${plan.chain.from === 'the register' ? 's' : ''}.`,
    ...plan.members.map(memberText),
    plan.sealable ? marginText(plan) : 'NOT SEALABLE: silent servers may have acknowledged entries alone.',
    `Its end, as of now: ${plan.tail}. Everything below ${plan.committed} is on a commit quorum.`,
    ...(plan.tail > plan.committed && plan.sealable
      ? [`Stored, perhaps never acknowledged, kept: ${plan.committed} to ${plan.tail}`]
      : []),
    `MetaStore: ${plan.metaStore.writable ? 'takes writes' : 'TAKES NO WRITES'}`,
    ...endingText(plan),
  ].join('\n');
}

function placeText({ place }: SealPlan): string {
  return place === 'last'
    ? 'the last loglet'
    : place === 'earlier'
      ? 'an earlier loglet'
      : 'not part of the chain';
}

function memberText(member: SealPlan['members'][number]): string {
  const tail = member.localTail === undefined ? '' : `, holds up to ${member.localTail}`;
  return `  ${member.id}  ${member.state.toUpperCase()}${tail}`;
}

function marginText({ lossesUntilUnsealable: losses }: SealPlan): string {
  if (losses === undefined) return 'Sealable, whatever else is lost.';
  return `Sealable; ${losses} more ${losses === 1 ? 'loss' : 'losses'} until it is not.`;
}

export function sealedText(plan: SealPlan, step: SealStep): string {
  if (plan.place !== 'last') return `Loglet ${plan.logletId} is sealed on ${names(step.whole)}.`;
  return [
    `Loglet ${plan.logletId} is sealed; log ${plan.logId} ends at ${step.tail} and takes no appends.`,
    `Held up to there by ${names(step.whole)}.`,
    ...(step.lossFrom === undefined
      ? []
      : [`RECORDED: acknowledged entries from ${step.lossFrom} on may be missing.`]),
    ...(step.underReplicated ? ['UNDER-REPLICATED: these are fewer than a commit quorum.'] : []),
    `Next: \`vlog-dr reconfigure ${plan.logId} --apply\`: the log takes appends again.`,
  ].join('\n');
}
