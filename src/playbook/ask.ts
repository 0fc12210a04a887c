import type { AnswerValue, PlaybookEvent } from '../codec/playbookEvents.ts';
import { DrError } from '../core/errors.ts';
import type { GuidedQuestion } from '../ports/Prompter.ts';
import { wouldBeAskedText } from '../ui/text/playbook/dryRun.ts';
import { answerKey } from './answersFile.ts';
import { type Context, Turn } from './context.ts';

type Answer = Extract<PlaybookEvent, { type: 'answer' }>;

export interface Question extends Omit<GuidedQuestion, 'flag' | 'canGoBack'> {
  readonly step: string;
  /** Empty for the step's own question. */
  readonly question: string;
  /** What of several things the step is being done for. */
  readonly item?: string;
  /** Where the person finds the word out: it is never shown. */
  readonly hidden?: string;
}

/** Asks, and writes the answer down. Throws `Turn` where the person went back or stopped. */
export async function ask(context: Context, question: Question): Promise<AnswerValue> {
  const { step, item, question: asked } = question;
  const { value } = await context.record<Answer>(`answer ${answerKey(question)}`, async () => ({
    type: 'answer',
    step,
    ...(item !== undefined && item !== '' && { item }),
    question: asked,
    ...(await answerTo(context, question)),
  }));
  return value;
}

/** As `ask`, for what need not be written down: whether to look again. */
export async function answerTo(context: Context, question: Question): Promise<Pick<Answer, 'value' | 'by'>> {
  const { hands, options } = context;
  const prepared = options.answers?.answers[answerKey(question)];
  if (prepared !== undefined) return { value: accepted(question, prepared), by: 'answers' };
  if (!hands.prompter.interactive && options.dryRun && question.initial !== undefined) {
    hands.say(wouldBeAskedText(question.message, question.choices, question.initial));
    return { value: question.initial, by: 'flag' };
  }
  if (!hands.prompter.interactive) throw nobodyAnswers(question);
  return { value: await askPerson(context, question), by: 'person' };
}

async function askPerson({ hands, progress }: Context, question: Question): Promise<AnswerValue> {
  const canGoBack = progress.backFrom(question.step) !== undefined;
  for (;;) {
    const reply = await hands.prompter.guided({ ...question, canGoBack, flag: '--answers FILE' });
    if (reply.kind !== 'answer') throw new Turn(reply.kind);
    if (question.kind !== 'typed' || reply.value === question.word) return reply.value;
    hands.say(`That is not ${question.hidden ?? `"${question.word}"`}. Nothing was changed.`);
  }
}

/** An answers file may have been written for another situation: only what would be offered now is taken. */
function accepted(question: Question, value: AnswerValue): AnswerValue {
  const { kind, choices, word } = question;
  const key = answerKey(question);
  const given = [value].flat();
  const offered = kind === 'typed' ? [word ?? ''] : choices?.map((choice) => choice.value);
  if (given.length > 0 && given.every((one) => offered?.includes(one) !== false)) return value;
  throw new DrError(kind === 'typed' ? 'E_CONSENT_MISSING' : 'E_USAGE', {
    message: `The answers give ${JSON.stringify(value)} for \`${key}\`, which takes ${takes(question)}. Nothing was changed by this step.`,
    hint: 'Correct the answers, or run it with a terminal.',
    context: { key },
  });
}

function nobodyAnswers(question: Question): DrError {
  const { message } = question;
  const key = answerKey(question);
  return new DrError('E_NO_INPUT', {
    message: `"${message}" cannot be asked: there is no terminal, or \`--no-input\` or CI is set. Nothing was changed by this step.`,
    hint: `Give \`--answers FILE\`, in it \`${key}\` with ${takes(question)}${key.endsWith('.apply') ? '; or --yes' : ''}.`,
    context: { flag: '--answers', key },
  });
}

function takes({ kind, choices, word, hidden }: Question): string {
  if (kind === 'typed') return hidden ?? `"${word}"`;
  if (choices === undefined) return 'a text';
  return choices.length === 0 ? 'nothing now' : choices.map((choice) => choice.value).join(', ');
}
