import type { Condition } from '../../codec/playbook.ts';
import { DrError } from '../../core/errors.ts';
import { answerTo } from '../ask.ts';
import { unmet } from '../conditions.ts';
import { type Context, factsNow } from '../context.ts';

/**
 * Until something is so, seen by a look each time. A person is asked whether to look again; without one the answers
 * file says `wait` for the step, or it is an error. Only looking: nothing is written down but the end.
 */
export async function untilSo(
  context: Context,
  {
    step,
    condition,
    message,
    explanation,
  }: { step: string; condition: Condition; message: string; explanation: string },
): Promise<void> {
  let isWaiting = context.options.answers?.answers[step] === 'wait';
  let said = '';
  for (;;) {
    const reasons = unmet(condition, await factsNow(context, [condition]));
    if (reasons.length === 0) return;
    const text = `Not yet: ${reasons.join(' ')}`;
    if (text !== said) context.hands.say(text);
    said = text;
    if (isWaiting) {
      await context.hands.pause();
      continue;
    }
    if (!context.hands.prompter.interactive) throw unverified(step, reasons);
    const { value } = await answerTo(context, {
      step,
      question: 'check',
      kind: 'choose',
      message,
      choices: [
        {
          value: 'look',
          title: 'Look again',
          consequence: 'Looks at the cluster once more. Changes nothing.',
        },
        {
          value: 'wait',
          title: 'Wait for it',
          consequence: 'Looks every few seconds until it is so. Ctrl-C ends it.',
        },
      ],
      initial: 'look',
      explanation,
    });
    isWaiting = value === 'wait';
    said = '';
  }
}

function unverified(step: string, reasons: readonly string[]): DrError {
  return new DrError('E_STEP_UNVERIFIED', {
    message: `Step ${step} is not shown to be done: ${reasons.join(' ')} What was done before it stays done.`,
    hint: `Bring it about and go on with \`vlog-dr playbook resume ID\`, or answer \`${step}: wait\`.`,
    context: { step, reasons },
  });
}
