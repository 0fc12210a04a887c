import { type AnyPlan, encodePlanFile, type KeptPlan } from '../../codec/plans/planFile.ts';
import type { ExitCode } from '../../core/errorCatalogue.ts';
import { DrError } from '../../core/errors.ts';
import type { OpenRun } from '../../runs/runStore.ts';
import type { App } from '../app.ts';
import type { Connection } from '../connection.ts';
import { confirmApply } from '../consent.ts';
import { openEvidence } from '../evidence.ts';
import type { Options } from '../options.ts';
import { kindOf } from './kinds.ts';
import type { Applied, PlanKind } from './planKind.ts';

/** Options of every command that plans. */
export const PLAN_OPTIONS: readonly (readonly [flags: string, text: string])[] = [
  ['--plan-out <FILE>', 'keep the plan in a new file, for `vlog-dr apply FILE`'],
  ['--apply', 'carry the plan out, after showing it and asking'],
];

/** The way of every plan: keep it if asked, then show it, or review and apply it. */
export async function finishPlan(
  app: App,
  connection: Connection,
  kept: KeptPlan,
  options: Options,
): Promise<ExitCode> {
  const file = options.text('planOut');
  if (file !== undefined) {
    await app.writeNewText(file, encodePlanFile(kept));
    app.reporter.note(`The plan is in ${file}: \`vlog-dr apply ${file}\` carries it out.`);
  }
  return options.flag('apply') ? applyPlan(app, connection, kept) : showPlan(app, kept);
}

async function showPlan(app: App, { plan, evidence }: KeptPlan): Promise<ExitCode> {
  const kind = await kindOf(plan);
  app.out.result({ ...plan, evidence, applied: false }, () => kind.text(plan, app.out));
  return kind.exitOf(plan);
}

/** Shows the plan, asks, and carries it out under a journal of its own. */
export async function applyPlan(app: App, connection: Connection, kept: KeptPlan): Promise<ExitCode> {
  const { plan } = kept;
  mustBeThisCluster(connection, plan);
  const kind = await kindOf(plan);
  app.reporter.note(kind.text(plan, app.out));
  kind.refuseUnlessApplicable(plan);
  if (!kind.hasWork(plan)) {
    app.out.result({ ...plan, applied: false }, () => 'No action is needed.');
    return kind.exitOf(plan);
  }
  await confirmApply(app, connection, sentenceOf(plan.actions.length));
  const runs = app.runs(connection.config);
  const run = await runs.open({ command: plan.kind, cluster: plan.cluster }, encodePlanFile(kept));
  return carryOut(app, connection, { kept, kind, run });
}

/** Goes on with a run that was killed or stopped. It was consented to when it was begun. */
export async function resumeRun(
  app: App,
  connection: Connection,
  { kept, runId }: { kept: KeptPlan; runId: string },
): Promise<ExitCode> {
  const { plan } = kept;
  mustBeThisCluster(connection, plan);
  const kind = await kindOf(plan);
  app.reporter.note(kind.text(plan, app.out));
  const run = await app.runs(connection.config).resume(runId);
  return carryOut(app, connection, { kept, kind, run });
}

async function carryOut<P extends AnyPlan>(
  app: App,
  connection: Connection,
  { kept, kind, run }: { kept: KeptPlan & { readonly plan: P }; kind: PlanKind<P>; run: OpenRun },
): Promise<ExitCode> {
  let outcome: 'done' | 'failed' | 'interrupted' = 'interrupted';
  // Registered before anything is done: an interrupt ends the run in the journal too, and gives the lock back.
  let finished: Promise<void> | undefined;
  const finish = () => {
    finished ??= run.finish(outcome);
    return finished;
  };
  app.defer(finish);
  let applied: Applied;
  try {
    const opened = await openEvidence(app, connection, kept.evidence);
    applied = await kind.apply(kept.plan, { ...opened, cluster: connection.cluster, journal: run.journal });
    outcome = 'done';
  } catch (error) {
    outcome = 'failed';
    app.reporter.warn(
      `Run ${run.runId} stopped. \`vlog-dr runs resume ${run.runId}\` goes on where it stopped.`,
    );
    throw error;
  } finally {
    await finish();
  }
  const { runId } = run;
  const steps = run.journal.report();
  app.out.result({ ...kept.plan, applied: true, runId, steps, ...applied.results }, () => applied.text);
  return applied.exit;
}

function mustBeThisCluster({ config }: Connection, plan: AnyPlan): void {
  if (plan.cluster.id === config.cluster.id) return;
  throw new DrError('E_WRONG_CLUSTER', {
    message: `The plan is for cluster ${plan.cluster.name} (${plan.cluster.id}); the configuration is of ${config.cluster.name} (${config.cluster.id}). Nothing was changed.`,
  });
}

function sentenceOf(actions: number): string {
  return actions === 1
    ? 'The action above will be done.'
    : `The ${actions} actions above will be done, in that order.`;
}
