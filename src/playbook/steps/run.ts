import type { Each, RunStep } from '../../codec/playbook.ts';
import { DrError } from '../../core/errors.ts';
import { notPlannedText } from '../../ui/text/playbook/dryRun.ts';
import { commandText } from '../../ui/text/playbook/steps.ts';
import { unfit } from '../choose.ts';
import { filled, holds, placeholdersIn, unmet } from '../conditions.ts';
import { type Context, factsNow } from '../context.ts';
import type { Outcome } from '../hands.ts';
import type { Sight } from '../sight.ts';
import { applyPlanned } from './applyPlanned.ts';
import { untilSo } from './waiting.ts';

const GOOD_EXITS: readonly number[] = [0, 3];

/** Runs the step's command, once or for each thing that it is about, and looks whether it came to what it was for. */
export async function run(context: Context, step: RunStep): Promise<'done' | 'already so'> {
  const items = await itemsOf(context, step);
  let wasNeeded = false;
  for (const item of items) {
    if (context.progress.hasRun(step.id, item)) wasNeeded = true;
    else if (await runFor(context, step, item)) wasNeeded = true;
  }
  if (step.verify !== undefined && !context.options.dryRun)
    await untilSo(context, {
      step: step.id,
      condition: step.verify,
      message: 'The command is done, and its effect is not seen. What now?',
      explanation: `${step.why}\n\nIf it fails: ${step.ifItFails}`,
    });
  return wasNeeded ? 'done' : 'already so';
}

/** What the step is done for, as the first look found it: a resume goes on with the same list. */
async function itemsOf(context: Context, step: RunStep): Promise<readonly string[]> {
  const { each } = step;
  if (each === undefined) return [''];
  const known = context.progress.items(step.id);
  if (known !== undefined) return known;
  const { assessment } = await factsNow(context, []);
  const { items } = await context.record(`list ${step.id}`, async () => ({
    type: 'items' as const,
    step: step.id,
    items: each.answer === undefined ? thingsFor(each, assessment) : answered(context, each.answer),
  }));
  return items;
}

function answered({ progress }: Context, step: string): string[] {
  return [progress.answers.get(step) ?? []].flat();
}

function thingsFor({ of, finding }: Each, { findings, logs, logServers }: Sight): string[] {
  if (finding === undefined)
    return of === 'log'
      ? logs.map((log) => String(log.logId))
      : logServers.map((server) => String(server.id));
  const about = findings.filter((one) => finding.includes(one.code));
  const named =
    of === 'log' ? about.flatMap((one) => one.logId ?? []) : about.flatMap((one) => one.servers ?? []);
  return [...new Set(named.map(String))].sort();
}

/** False where nothing had to be done. */
async function runFor(context: Context, step: RunStep, item: string): Promise<boolean> {
  const { hands, progress, playbooks, options } = context;
  const unanswered = placeholdersIn(step.command).filter(
    (id) => id !== step.each?.of && !progress.answers.has(id),
  );
  // Only where a dry run had nobody to ask: otherwise an earlier question is answered, or the step left out with it.
  if (options.dryRun && unanswered.length > 0) {
    hands.say(notPlannedText(unanswered.map((id) => `The answer to ${id}.`)));
    return true;
  }
  if (await applyPlanned.goOn(context, step, item)) return true;
  const facts = await factsNow(context, [step.needs, step.verify]);
  const notSo = step.needs === undefined ? [] : unmet(step.needs, facts);
  if (notSo.length > 0) {
    if (step.verify !== undefined && holds(step.verify, facts)) return false;
    if (options.dryRun) {
      hands.say(notPlannedText(notSo));
      return true;
    }
    throw unfit(`Step ${step.id} must not be done now: ${notSo.join(' ')}`, facts.assessment, playbooks);
  }
  const command = commandOf(step, item, progress.answers);
  if (hands.plans(command) && step.review === undefined)
    await applyPlanned.fromNew(context, step, { item, command });
  else if (options.dryRun) hands.say(commandText(hands.commandLine(command)));
  else await runPlain(context, step, { item, command });
  return true;
}

async function runPlain(
  context: Context,
  step: RunStep,
  { item, command }: { item: string; command: readonly string[] },
): Promise<void> {
  const { hands } = context;
  hands.say(commandText(hands.commandLine(command)));
  await context.record(`run ${nameOf(step, item)}`, async () => {
    const outcome = await hands.run(command);
    hands.say(outcome.text);
    mustBeGood(step, outcome);
    return { type: 'ran' as const, step: step.id, item, command: [...command], ...outcome };
  });
}

export function nameOf(step: RunStep, item: string): string {
  return item === '' ? step.id : `${step.id} ${item}`;
}

/** Word by word, so that an answer with a blank stays one word. */
export function commandOf(
  step: RunStep,
  item: string,
  answers: ReadonlyMap<string, string | readonly string[]>,
): string[] {
  const withItem = step.each === undefined ? answers : new Map([...answers, [step.each.of, item]]);
  return step.command.split(/\s+/).map((word) => filled(word, withItem));
}

export function mustBeGood(step: RunStep, { exit, text }: Outcome): void {
  if ((step.exits ?? GOOD_EXITS).includes(exit)) return;
  throw new DrError('E_STEP_FAILED', {
    message: `Step ${step.id} ended with exit code ${exit}. ${step.ifItFails}`,
    context: { step: step.id, exit, text },
  });
}
