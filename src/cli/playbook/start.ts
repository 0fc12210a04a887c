import type { Playbook } from '../../codec/playbook.ts';
import type { ExitCode } from '../../core/errorCatalogue.ts';
import { mustFit } from '../../playbook/choose.ts';
import type { PlaybookOptions } from '../../playbook/context.ts';
import type { Hands } from '../../playbook/hands.ts';
import { parseAnswers } from '../../playbook/parse.ts';
import { introText } from '../../ui/text/playbook/show.ts';
import type { App } from '../app.ts';
import { type Options, usageError } from '../options.ts';
import { conclude } from './conclude.ts';
import { beginPlaybook, keptRun, resumePlaybook } from './session.ts';

interface Given {
  readonly hands: Hands;
  /** All that are known: a refusal names the right one. */
  readonly playbooks: readonly Playbook[];
}

/** Leads through a playbook from its beginning. Throws `E_PLAYBOOK_UNFIT` where it is not for what is seen. */
export async function startPlaybook(
  app: App,
  options: Options,
  { hands, playbooks, playbook }: Given & { readonly playbook: Playbook },
): Promise<ExitCode> {
  const answers = await answersFor(app, options, playbook);
  mustFit(playbook, await hands.look(), playbooks);
  hands.say(introText(playbook));
  const wish: PlaybookOptions = {
    ...(answers !== undefined && { answers }),
    yes: app.flags.yes,
    twoPerson: options.flag('twoPerson'),
    dryRun: options.flag('dryRun'),
  };
  const result = await beginPlaybook(app, { playbook, options: wish, context: { hands, playbooks } });
  return conclude(app, { playbook, result, assessment: await hands.look() });
}

/** Goes on with a run at the same step. */
export async function goOnWithPlaybook(
  app: App,
  options: Options,
  { hands, playbooks, runId }: Given & { readonly runId: string },
): Promise<ExitCode> {
  const { planJson } = await app.playbookRuns(await app.anyConfig()).show(runId);
  const answers = await answersFor(app, options, keptRun(runId, planJson).playbook);
  const { playbook, ...result } = await resumePlaybook(app, runId, {
    options: { ...(answers !== undefined && { answers }), yes: app.flags.yes },
    context: { hands, playbooks },
  });
  return conclude(app, { playbook, result, assessment: await hands.look() });
}

/** Those of another playbook would be taken for what they are not. */
async function answersFor(app: App, options: Options, playbook: Playbook) {
  const file = options.text('answers');
  if (file === undefined) return undefined;
  const answers = parseAnswers(await app.readText(file), file);
  if (answers.playbook === playbook.id) return answers;
  throw usageError(`${file} answers playbook ${answers.playbook}, not ${playbook.id}.`);
}
