import type { AskStep, DecideStep } from '../../codec/playbook.ts';
import type { AnswerValue } from '../../codec/playbookEvents.ts';
import { wouldBeAskedText } from '../../ui/text/playbook/dryRun.ts';
import { decisionExplained } from '../../ui/text/playbook/steps.ts';
import { ask } from '../ask.ts';
import { unfit } from '../choose.ts';
import { holds } from '../conditions.ts';
import { type Context, factsNow } from '../context.ts';
import type { Sight } from '../sight.ts';

/** Resolves to the text of the stop that was chosen, if it was one. What was answered before a crash is not asked again. */
export async function decide(context: Context, step: DecideStep): Promise<string | undefined> {
  const value = context.progress.answers.get(step.id) ?? (await chosen(context, step));
  return step.options.find((option) => option.id === value)?.stop;
}

async function chosen(context: Context, step: DecideStep): Promise<AnswerValue> {
  const facts = await factsNow(
    context,
    step.options.map((option) => option.recommendedWhen),
  );
  const fits = step.options.find(
    ({ recommendedWhen }) => recommendedWhen !== undefined && holds(recommendedWhen, facts),
  );
  const recommended = fits?.id ?? step.recommended;
  return await ask(context, {
    step: step.id,
    question: '',
    kind: 'choose',
    message: step.question,
    choices: step.options.map(({ id, title, consequence }) => ({
      value: id,
      title: id === recommended ? `${title} (recommended)` : title,
      consequence,
    })),
    initial: recommended,
    explanation: decisionExplained(step, recommended),
  });
}

/** A question for something of this cluster; not asked where only one thing can be meant. */
export async function askFor(context: Context, step: AskStep): Promise<void> {
  if (context.progress.answers.has(step.id)) return;
  const { assessment } = await factsNow(context, []);
  const choices = offered(step, assessment);
  if (choices !== undefined && choices.length === 0 && !context.options.dryRun)
    throw unfit(`There is nothing to choose for "${step.question}".`, assessment, context.playbooks);
  const [only] = choices ?? [];
  const isPrepared = context.options.answers?.answers[step.id] !== undefined;
  // To name servers is a statement about each of them, also where there is one only.
  if (choices?.length === 1 && only !== undefined && step.of !== 'servers' && !isPrepared) {
    await context.record(`answer ${step.id}`, async () => ({
      type: 'answer' as const,
      step: step.id,
      question: '',
      value: only,
      by: 'only choice' as const,
    }));
    context.hands.say(`  ${step.question} ${only}: there is no other.`);
    return;
  }
  const named = choices?.map((value) => ({ value, title: value }));
  // Nothing of this cluster is chosen for a person; what depends on it is told as not planned.
  if (context.options.dryRun && !isPrepared && !context.hands.prompter.interactive)
    return context.hands.say(wouldBeAskedText(step.question, named));
  await ask(context, {
    step: step.id,
    question: '',
    kind: choices === undefined ? 'text' : step.of === 'servers' ? 'many' : 'choose',
    message: step.question,
    ...(named !== undefined && { choices: named }),
    explanation: step.why,
  });
}

/** `undefined` where it is free text. */
function offered({ of, from }: AskStep, { findings, logs, logServers }: Sight): string[] | undefined {
  if (of === 'path' || of === 'text') return undefined;
  const about = findings.filter((finding) => from?.finding?.includes(finding.code) === true);
  if (of === 'log') {
    const named = new Set(about.map((finding) => String(finding.logId)));
    return logs.map((log) => String(log.logId)).filter((id) => from?.finding === undefined || named.has(id));
  }
  const named = new Set(about.flatMap((finding) => finding.servers ?? []).map(String));
  return logServers
    .filter(({ state }) => from?.state === undefined || from.state.includes(state))
    .map((server) => String(server.id))
    .filter((id) => from?.finding === undefined || named.has(id));
}
