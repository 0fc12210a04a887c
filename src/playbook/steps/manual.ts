import type { ManualStep } from '../../codec/playbook.ts';
import { wouldBeDoneText } from '../../ui/text/playbook/dryRun.ts';
import { filledLines } from '../../ui/text/playbook/steps.ts';
import { filled, unmet } from '../conditions.ts';
import { type Context, factsNow } from '../context.ts';
import { untilSo } from './waiting.ts';

/** Something that a person does elsewhere; done when the check says so. */
export async function manual(context: Context, step: ManualStep): Promise<'done' | 'already so'> {
  const { hands, options, progress } = context;
  const notYet = unmet(step.check, await factsNow(context, [step.check]));
  if (notYet.length === 0) return 'already so';
  const instruction = filled(step.instruction, progress.answers);
  if (options.dryRun) {
    hands.say(wouldBeDoneText(instruction, notYet));
    return 'done';
  }
  hands.say(filledLines('Do this', instruction));
  await untilSo(context, {
    step: step.id,
    condition: step.check,
    message: 'Is it done?',
    explanation: `${step.why}\n\nIf it fails: ${step.ifItFails}\nUndo: ${step.undo}`,
  });
  return 'done';
}
