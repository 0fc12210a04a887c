import type { Playbook, Step } from '../codec/playbook.ts';
import type { PlaybookEvent } from '../codec/playbookEvents.ts';
import { wouldStopText } from '../ui/text/playbook/dryRun.ts';
import { alreadySoText, leftOutText, stepHead } from '../ui/text/playbook/steps.ts';
import { unmet } from './conditions.ts';
import { type Context, factsNow, Turn } from './context.ts';
import { applyPlanned } from './steps/applyPlanned.ts';
import { askFor, decide } from './steps/decide.ts';
import { manual } from './steps/manual.ts';
import { run } from './steps/run.ts';

/** How a run of a playbook ended. */
export interface Ended {
  readonly outcome: 'done' | 'stopped by decision';
  /** What a decision that ends the playbook says is true then. */
  readonly because?: string;
  readonly events: readonly PlaybookEvent[];
}

/**
 * Walks a playbook from wherever its progress stands.
 *
 * 1. A step that is finished is not looked at again.
 * 2. `when` is held against a look made now; where it is not so, the step is left out, and that is written down. One that
 *    has begun to change things goes on: half of a change can end the very finding that called for it.
 * 3. The step is done. Whatever it asks or runs is written down before and after, so that a process that dies
 *    anywhere goes on at the same step: a plan without a run is planned again, a run is resumed.
 * 4. It is written down as finished, with what came of it.
 *
 * Throws `Turn` with `stop` where a person wants to go on another time; any other error leaves the step open.
 */
export async function walk(context: Context): Promise<Ended> {
  const { playbook, progress } = context;
  const stop = progress.stopped;
  if (stop !== undefined) return { outcome: 'stopped by decision', because: stop, events: progress.events };
  for (let place = 0; place < playbook.steps.length; ) {
    const step = playbook.steps[place] as Step;
    if (progress.isFinished(step.id)) {
      place += 1;
      continue;
    }
    try {
      const because = await doStep(context, step, place);
      if (because !== undefined) return { outcome: 'stopped by decision', because, events: progress.events };
    } catch (error) {
      if (!(error instanceof Turn) || error.to === 'stop') throw error;
      place = await turnBack(context, step);
    }
  }
  return { outcome: 'done', events: progress.events };
}

async function doStep(context: Context, step: Step, place: number): Promise<string | undefined> {
  const { hands, playbook } = context;
  const reasons = step.when === undefined ? [] : unmet(step.when, await factsNow(context, [step.when]));
  if (reasons.length > 0 && !(step.do === 'run' && (await applyPlanned.hasBegun(context, step)))) {
    hands.say(leftOutText(step));
    await finish(context, step, 'left out', reasons.join(' '));
    return undefined;
  }
  hands.say(stepHead(step, place + 1, playbook.steps.length));
  switch (step.do) {
    case 'decide': {
      const stop = await decide(context, step);
      if (stop === undefined) break;
      if (context.options.dryRun) {
        hands.say(wouldStopText(stop));
        break;
      }
      await context.record(`stop ${step.id}`, async () => ({
        type: 'stopped',
        step: step.id,
        because: stop,
      }));
      return stop;
    }
    case 'ask':
      await askFor(context, step);
      break;
    case 'manual':
      return told(context, step, await manual(context, step));
    case 'run':
      return told(context, step, await run(context, step));
  }
  await finish(context, step, 'done');
  return undefined;
}

async function told(context: Context, step: Step, outcome: 'done' | 'already so'): Promise<undefined> {
  if (outcome === 'already so') context.hands.say(alreadySoText());
  await finish(context, step, outcome);
}

async function finish(
  { record }: Context,
  step: Step,
  outcome: 'done' | 'left out' | 'already so',
  because?: string,
): Promise<void> {
  await record(`finish ${step.id}`, async () => ({
    type: 'finished',
    step: step.id,
    outcome,
    ...(because !== undefined && { because }),
  }));
}

/** The place of the last question that may still be answered otherwise. */
async function turnBack({ playbook, progress, record }: Context, step: Step): Promise<number> {
  const to = progress.backFrom(step.id);
  if (to === undefined) throw new Error(`nothing before ${step.id} can be asked again`);
  await record(`back to ${to}`, async () => ({ type: 'back', to }));
  return playbook.steps.findIndex((one: Playbook['steps'][number]) => one.id === to);
}
