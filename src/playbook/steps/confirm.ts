import type { ConsentFlag, RunStep } from '../../codec/playbook.ts';
import { consentExplained } from '../../ui/text/playbook/steps.ts';
import { approvalCode } from '../approval.ts';
import { ask } from '../ask.ts';
import type { Context } from '../context.ts';
import type { Confirm, Planned } from '../hands.ts';

/** A risk is taken by typing the flag that takes it: never by a yes. */
export async function askConsent(
  context: Context,
  step: RunStep,
  { item, flag }: { item: string; flag: string },
): Promise<void> {
  await ask(context, {
    step: step.id,
    item,
    question: flag,
    kind: 'typed',
    message: `The plan needs ${flag}. Type ${flag.slice(2)} to accept that risk:`,
    word: flag.slice(2),
    explanation: consentExplained(flag, step.consents?.[nameOfFlag(flag)] ?? ''),
  });
}

export function nameOfFlag(flag: string): ConsentFlag {
  return flag.slice(2).split(' ')[0] as ConsentFlag;
}

/** The second person first: what one approves must be what the other applies. */
export function confirmFor(
  context: Context,
  step: RunStep,
  made: Planned & { readonly item: string },
): Confirm {
  return async ({ message, word }) => {
    if (context.options.twoPerson) await approved(context, step, made);
    if (context.options.yes) return true;
    await ask(context, {
      step: step.id,
      item: made.item,
      question: 'apply',
      kind: 'typed',
      message,
      word,
      explanation: `${step.why}\n\nIf it fails: ${step.ifItFails}\nUndo: ${step.undo}`,
    });
    return true;
  };
}

/** Asked once for each plan: an approval that was given before an interruption stays given. */
async function approved(
  context: Context,
  step: RunStep,
  { plan, file, item }: Planned & { readonly item: string },
): Promise<void> {
  const { hands, progress } = context;
  const code = approvalCode(plan.planId);
  if (progress.answered(step.id, item, 'approval') === code) {
    hands.say('This plan was approved before the playbook was interrupted.');
    return;
  }
  const approve = `\`vlog-dr playbook approve ${file}\``;
  hands.say(`A second person reviews the plan on another machine: ${approve}.`);
  await ask(context, {
    step: step.id,
    item,
    question: 'approval',
    kind: 'typed',
    message: 'Their approval code:',
    word: code,
    hidden: `the code that ${approve} prints`,
    explanation:
      'Two people decide together: the code is computed from the plan by whoever reviewed it, so it fits this plan and no other.',
  });
}
