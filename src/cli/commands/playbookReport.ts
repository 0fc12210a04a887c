import { toJson } from '../../codec/common.ts';
import { decodePlanFile } from '../../codec/plans/planFile.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import { htmlPage } from '../../ui/html/page.ts';
import { markdownPage } from '../../ui/markdown/page.ts';
import { type AppliedRun, playbookReport, toldIn } from '../../ui/report/playbook.ts';
import type { App, CommandModule } from '../app.ts';
import { keptRun } from '../playbook/session.ts';

/** `playbook report ID`: who was asked what, what was done, on what evidence, what is left. */
export const run: CommandModule['run'] = async (app, [runId = ''], options) => {
  const format = options.oneOf('format', ['md', 'html']) ?? 'md';
  const store = app.playbookRuns(await app.anyConfig());
  const { head, records, summary, planJson } = await store.show(runId);
  const { playbook } = keptRun(runId, planJson);
  const told = toldIn(records);
  if (app.flags.json) {
    const events = told.map(({ event, at }) => ({ at, event: JSON.parse(toJson(event)) as unknown }));
    app.out.result({ runId, playbook: playbook.id, state: summary.state, events }, () => '');
    return EXIT.done;
  }
  const runIds = told.flatMap(({ event }) =>
    event.type === 'ran' && event.runId !== undefined ? [event.runId] : [],
  );
  const applied = await appliedRuns(app, runIds);
  const report = playbookReport({ runId, playbook, head, state: summary.state, records, applied });
  await app.out.bytes(format === 'html' ? htmlPage(report) : markdownPage(report));
  return EXIT.done;
};

async function appliedRuns(app: App, runIds: readonly string[]): Promise<AppliedRun[]> {
  const store = app.runs(await app.anyConfig());
  return await Promise.all(
    runIds.map(async (runId) => {
      const { planJson, records } = await store.show(runId);
      return { runId, records, plan: decodePlanFile(`The plan of run ${runId}`, planJson).plan };
    }),
  );
}
