import type { RunStep } from '../../codec/playbook.ts';
import { DrError } from '../../core/errors.ts';
import { planTold } from '../../ui/text/playbook/dryRun.ts';
import { commandText } from '../../ui/text/playbook/steps.ts';
import { isApplicable, missingConsents } from '../consents.ts';
import type { Context } from '../context.ts';
import type { Outcome, Planned } from '../hands.ts';
import { askConsent, confirmFor, nameOfFlag } from './confirm.ts';
import { mustBeGood, nameOf } from './run.ts';

interface Work {
  readonly item: string;
  readonly command: readonly string[];
}

/**
 * A command that plans, through the same plan, review, apply as at the command line.
 *
 * 1. Plan, and keep the plan in a file; written down with its identity.
 * 2. Where it needs a consent that the playbook may offer: ask, and plan again with the flag.
 * 3. Apply the file: the plan is shown and the ordinary question asked there.
 * Killed between 1 and 3, nothing was changed: planned again, but for a plan that a second person may be reviewing.
 * Killed in 3: the run of that plan is found and resumed.
 */
export const applyPlanned = { hasBegun, goOn, fromNew };

/** Whether anything may have been changed by this step. */
async function hasBegun({ hands, progress }: Context, step: RunStep): Promise<boolean> {
  for (const event of progress.events) {
    if (event.type === 'ran' && event.step === step.id) return true;
    if (event.type !== 'planned' || event.step !== step.id) continue;
    if ((await hands.runOf(event.planId)) !== undefined) return true;
  }
  return false;
}

/** Goes on with the run of an earlier plan of this step, if there is one. */
async function goOn(context: Context, step: RunStep, item: string): Promise<boolean> {
  const { hands, progress } = context;
  const planned = progress.planned(step.id, item);
  const begun = planned && (await hands.runOf(planned.planId));
  if (planned === undefined || begun === undefined) return false;
  const { runId, isDone } = begun;
  if (!isDone) hands.say(commandText(hands.commandLine(['runs', 'resume', runId])));
  const resume = async () =>
    isDone
      ? { exit: 0, text: 'It was done before the playbook was interrupted.', runId }
      : hands.resume(runId);
  return await unlessOutOfDate(context, () => ran(context, step, { item, command: planned.command }, resume));
}

async function fromNew(context: Context, step: RunStep, { item, command }: Work): Promise<void> {
  const { hands, progress, options } = context;
  for (let isFirst = true; ; isFirst = false) {
    const withConsents = [...command, ...progress.consents(step.id, item).flatMap((flag) => flag.split(' '))];
    hands.say(commandText(hands.commandLine(withConsents)));
    const work = { item, command: withConsents };
    const made = (isFirst && (await underApproval(context, step, work))) || (await plan(context, step, work));
    const missing = missingConsents(made.plan).filter(
      (flag) => step.consents?.[nameOfFlag(flag)] !== undefined,
    );
    const [flag] = missing;
    if (options.dryRun)
      return hands.say(planTold(made.text, { needs: missing, hasWork: isApplicable(made.plan) }));
    if (flag !== undefined) {
      hands.say(made.text);
      await askConsent(context, step, { item, flag });
    } else if (await isApplied(context, step, work, made)) return;
  }
}

/**
 * What a second person was given to review stays the plan, also when the playbook was interrupted before their answer:
 * a code fits one plan only. Whether it still holds is looked at when it is applied, as of every plan that has lain.
 */
async function underApproval(
  { hands, progress, options }: Context,
  step: RunStep,
  { item, command }: Work,
): Promise<Planned | undefined> {
  const planned = progress.planned(step.id, item);
  if (!options.twoPerson || planned?.command.join('\n') !== command.join('\n')) return undefined;
  // A run of it was begun, and found that it no longer holds.
  if ((await hands.runOf(planned.planId)) !== undefined) return undefined;
  const kept = await hands.kept(planned.file);
  if (kept?.plan.planId !== planned.planId || !isApplicable(kept.plan)) return undefined;
  hands.say(`  The plan that was up for approval is still the plan: ${planned.file}`);
  return kept;
}

/** False where what the plan rests on has changed meanwhile: then it is planned again. */
async function isApplied(context: Context, step: RunStep, work: Work, made: Planned): Promise<boolean> {
  const { hands } = context;
  hands.say(commandText(hands.commandLine(['apply', made.file])));
  return await unlessOutOfDate(context, () =>
    ran(context, step, work, () =>
      hands.apply(made.file, confirmFor(context, step, { ...made, item: work.item })),
    ),
  );
}

async function unlessOutOfDate({ hands, options }: Context, apply: () => Promise<void>): Promise<boolean> {
  try {
    await apply();
    return true;
  } catch (error) {
    if (!(error instanceof DrError && error.code === 'E_PLAN_OUT_OF_DATE')) throw error;
    const anew = options.twoPerson ? ' The approval was for the old plan: the new one needs its own.' : '';
    hands.say(`${error.message}\nIt is planned again.${anew}`);
    return false;
  }
}

async function plan(context: Context, step: RunStep, { item, command }: Work): Promise<Planned> {
  let made: Planned | undefined;
  await context.record(`plan ${nameOf(step, item)}`, async () => {
    made = await context.hands.plan(command);
    const { planId } = made.plan;
    return { type: 'planned' as const, step: step.id, item, command: [...command], planId, file: made.file };
  });
  if (made === undefined) throw new Error(`step ${step.id} was not planned`);
  return made;
}

async function ran(
  context: Context,
  step: RunStep,
  { item, command }: Work,
  apply: () => Promise<Outcome>,
): Promise<void> {
  await context.record(`apply ${nameOf(step, item)}`, async () => {
    const outcome = await apply();
    // Where nothing had to be done, the plan has said so.
    if (outcome.runId !== undefined) context.hands.say(outcome.text);
    mustBeGood(step, outcome);
    return { type: 'ran' as const, step: step.id, item, command: [...command], ...outcome };
  });
}
