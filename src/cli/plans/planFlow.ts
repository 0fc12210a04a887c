import type { RunHead } from '../../codec/journal.ts';
import { type AnyPlan, encodePlanFile, isForeignPlan, type KeptPlan } from '../../codec/plans/planFile.ts';
import type { ExitCode } from '../../core/errorCatalogue.ts';
import { DrError } from '../../core/errors.ts';
import type { LogId } from '../../core/ids.ts';
import type { OpenRun } from '../../runs/runStore.ts';
import type { App } from '../app.ts';
import { type AnyConnection, isForeignConnection } from '../connection.ts';
import { confirmApply } from '../consent.ts';
import { cachedChain, openEvidence } from '../evidence.ts';
import type { Options } from '../options.ts';
import { kindOf } from './kinds.ts';
import type { Applied, PartsOf, PlanKind } from './planKind.ts';

/** Options of every command that plans. */
export const PLAN_OPTIONS: readonly (readonly [flags: string, text: string])[] = [
  ['--plan-out <FILE>', 'keep the plan in a new file, for `vlog-dr apply FILE`'],
  ['--apply', 'carry the plan out, after showing it and asking'],
];

/** The way of every plan: keep it if asked, then show it, or review and apply it. */
export async function finishPlan(
  app: App,
  connection: AnyConnection,
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
export async function applyPlan(app: App, connection: AnyConnection, kept: KeptPlan): Promise<ExitCode> {
  const { plan } = kept;
  mustBeThisCluster(connection, plan);
  const kind = await kindOf(plan);
  app.reporter.note(underReview(kind.text(plan, app.out)));
  kind.refuseUnlessApplicable(plan);
  if (!kind.hasWork(plan)) {
    app.out.result({ ...plan, applied: false }, () => 'No action is needed.');
    return kind.exitOf(plan);
  }
  const consent = await confirmApply(app, connection.config.cluster, sentenceOf(plan.actions.length));
  return print(app, await runPlan(app, connection, { ...kept, consent }, kind));
}

/** What would come next is being done. */
export function underReview(text: string): string {
  return text.replace(/\n+Next: [^\n]*$/, '');
}

/** Goes on with a run that was killed or stopped. It was consented to when it was begun. */
export async function resumeRun(
  app: App,
  connection: AnyConnection,
  { kept, runId }: { kept: KeptPlan; runId: string },
): Promise<ExitCode> {
  const { plan } = kept;
  mustBeThisCluster(connection, plan);
  const kind = await kindOf(plan);
  app.reporter.note(underReview(kind.text(plan, app.out)));
  const run = await app.runs(connection.config).resume(runId);
  return print(app, await carryOut(app, connection, { kept, kind, run }));
}

/** A plan that was carried out: what `--json` prints, what a person reads, and how the command ends. */
interface Done {
  readonly document: object;
  readonly text: string;
  readonly exit: ExitCode;
}

function print(app: App, { document, text, exit }: Done): ExitCode {
  app.out.result(document, () => text);
  return exit;
}

/** Carries out a plan that was consented to, under a journal of its own. */
export async function runPlan<P extends AnyPlan>(
  app: App,
  connection: AnyConnection,
  { consent, ...kept }: KeptPlan & { readonly plan: P } & Pick<RunHead, 'consent'>,
  kind: PlanKind<P>,
): Promise<Done> {
  const runs = app.runs(connection.config);
  const { plan } = kept;
  const head = { command: commandOf(plan), cluster: plan.cluster, ...(consent !== undefined && { consent }) };
  const run = await runs.open(head, encodePlanFile(kept));
  return carryOut(app, connection, { kept, kind, run });
}

/** As it was typed: one kind of plan may serve two commands. */
function commandOf(plan: AnyPlan): string {
  return 'command' in plan ? plan.command : plan.kind;
}

async function carryOut<P extends AnyPlan>(
  app: App,
  connection: AnyConnection,
  { kept, kind, run }: { kept: KeptPlan & { readonly plan: P }; kind: PlanKind<P>; run: OpenRun },
): Promise<Done> {
  let outcome: 'done' | 'failed' | 'interrupted' = 'interrupted';
  let finished: Promise<void> | undefined;
  const finish = () => {
    finished ??= run.finish(outcome);
    return finished;
  };
  // Before anything is done: an interrupt ends the run in the journal too, and gives the lock back.
  app.defer(finish);
  let applied: Applied;
  try {
    applied = await kind.apply(kept.plan, await partsOf(app, connection, { kept, run }));
    outcome = 'done';
  } catch (error) {
    outcome = 'failed';
    if (app.isLed !== true)
      app.reporter.warn(`Run ${run.runId} stopped: \`vlog-dr runs resume ${run.runId}\` goes on from there.`);
    throw error;
  } finally {
    await finish();
  }
  const { runId } = run;
  const steps = run.journal.report();
  const document = { ...kept.plan, applied: true, runId, steps, ...applied.results };
  return { document, text: applied.text, exit: applied.exit };
}

/** A plan's kind and the connection agree: `mustBeThisCluster` has seen to it. */
async function partsOf<P extends AnyPlan>(
  app: App,
  connection: AnyConnection,
  { kept, run }: { kept: KeptPlan & { readonly plan: P }; run: OpenRun },
): Promise<PartsOf<P>> {
  const { journal } = run;
  const parts = isForeignConnection(connection)
    ? {
        ...{ connection, journal, evidence: kept.evidence, keep: app.registerKeep(connection.config) },
        registerStoreAdmin: () => app.openRegisterStoreAdmin(connection.config),
      }
    : {
        ...(await openEvidence(app, connection, kept.evidence)),
        cluster: connection.cluster,
        journal,
        metaStoreAdmin: () => app.openMetaStoreAdmin(connection.config),
        cachedChain: (logId: LogId) => cachedChain(connection, logId),
      };
  return parts as PartsOf<P>;
}

function mustBeThisCluster(connection: AnyConnection, plan: AnyPlan): void {
  const isForeign = isForeignConnection(connection);
  const { name } = connection.config.cluster;
  const id = isForeign ? connection.config.cluster.fingerprint?.toString() : connection.config.cluster.id;
  const isSame = isForeign
    ? plan.cluster.name === name && (id ?? plan.cluster.id) === plan.cluster.id
    : id === plan.cluster.id;
  if (isSame && isForeign === isForeignPlan(plan)) return;
  throw new DrError('E_WRONG_CLUSTER', {
    message: `The plan is for cluster ${plan.cluster.name} (${plan.cluster.id}); the configuration is of ${name} (${id ?? 'fingerprint unknown'}). Nothing was changed.`,
  });
}

function sentenceOf(actions: number): string {
  return actions === 1
    ? 'The action above will be done.'
    : `The ${actions} actions above will be done, in that order.`;
}
