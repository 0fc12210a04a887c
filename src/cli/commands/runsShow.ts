import { EXIT } from '../../core/errorCatalogue.ts';
import { stepsOf } from '../../runs/journalText.ts';
import type { CommandModule } from '../app.ts';

/** `runs show ID`: the steps of one run, and what became of each. */
export const run: CommandModule['run'] = async (app, [runId = '']) => {
  const { head, records, summary } = await app.runs(await app.config()).show(runId);
  const steps = stepsOf(records);
  app.out.result({ run: summary, cluster: head.cluster, steps }, () =>
    [
      `${summary.command} of ${head.cluster.name}, ${summary.state}, started ${new Date(head.at).toISOString()}`,
      app.out.table(
        ['step', 'outcome', 'message'],
        steps.map((step) => [step.step, step.outcome, step.message ?? '']),
      ),
    ].join('\n'),
  );
  return EXIT.done;
};
