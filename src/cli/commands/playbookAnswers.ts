import { EXIT } from '../../core/errorCatalogue.ts';
import { answersOf, answersYaml } from '../../playbook/answersFile.ts';
import { Progress } from '../../playbook/progress.ts';
import type { CommandModule } from '../app.ts';
import { eventsIn, keptRun } from '../playbook/session.ts';

/** `playbook answers ID`: what was answered in a run, for `playbook run --answers FILE`. */
export const run: CommandModule['run'] = async (app, [runId = '']) => {
  const { planJson, records } = await app.playbookRuns(await app.anyConfig()).show(runId);
  const { playbook } = keptRun(runId, planJson);
  const { events } = new Progress(playbook, eventsIn(records));
  app.out.result(answersOf(playbook, events), () => answersYaml(playbook, events));
  return EXIT.done;
};
