import { decodePlanFile } from '../../codec/plans/planFile.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import { stepsOf } from '../../runs/journalText.ts';
import { htmlPage } from '../../ui/html/page.ts';
import { markdownPage } from '../../ui/markdown/page.ts';
import { runReport } from '../../ui/report/run/run.ts';
import type { CommandModule } from '../app.ts';
import { kindOf } from '../plans/kinds.ts';

/** `runs show ID`: the steps of one run, and what became of each; or a whole report of it. */
export const run: CommandModule['run'] = async (app, [runId = ''], options) => {
  const format = options.oneOf('format', ['text', 'md', 'html']) ?? 'text';
  const { head, records, summary, planJson } = await app.runs(await app.anyConfig()).show(runId);
  const steps = stepsOf(records);
  if (format !== 'text' && !app.flags.json) {
    const { plan } = decodePlanFile(`The plan of run ${runId}`, planJson);
    const reviewed = (await kindOf(plan)).text(plan, app.out);
    const report = runReport({ run: summary, head, records, steps, plan, reviewed });
    await app.out.bytes(format === 'html' ? htmlPage(report) : markdownPage(report));
    return EXIT.done;
  }
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
