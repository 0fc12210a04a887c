import { NO_EVIDENCE } from '../../codec/evidenceOptions.ts';
import type { FencePlan } from '../../codec/plans/fence.ts';
import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { planFence } from '../../operations/fence/plan.ts';
import { observe } from '../../operations/observe/observe.ts';
import type { App, CommandModule } from '../app.ts';
import type { Connection } from '../connection.ts';
import { confirmApply } from '../consent.ts';
import { fenceKind } from '../plans/fencePlan.ts';
import { finishPlan, runPlan } from '../plans/planFlow.ts';

/** `fence`: servers that returned after a recovery come under its generation before anybody can use them. */
export const run: CommandModule['run'] = async (app, _, options) => {
  const connection = await app.connect();
  if (!options.flag('watch')) {
    const plan = await planNow(connection);
    return finishPlan(app, connection, { plan, evidence: NO_EVIDENCE }, options);
  }
  if (options.flag('apply'))
    await confirmApply(app, connection.config.cluster, 'Every server that returns will be fenced.');
  return watch(app, connection, {
    everyMs: (options.count('every', 1) ?? 5) * 1_000,
    apply: options.flag('apply'),
  });
};

async function planNow({ cluster }: Connection): Promise<FencePlan> {
  return planFence({ observation: await observe(cluster), clusterName: cluster.name });
}

/** Until it is interrupted; says something only when something is new. */
async function watch(
  app: App,
  connection: Connection,
  { everyMs, apply }: { everyMs: number; apply: boolean },
): Promise<ExitCode> {
  let said = '';
  while (!app.signal.aborted) {
    const plan = await planNow(connection);
    if (plan.planId !== said) {
      said = plan.planId;
      app.out.line({ ...plan, applied: false }, fenceKind.text(plan, app.out));
    }
    if (apply && fenceKind.hasWork(plan)) {
      const { document, text } = await runPlan(app, connection, { plan, evidence: NO_EVIDENCE }, fenceKind);
      app.out.line(document, text);
    }
    // An abort ends the pause; the loop then ends by itself.
    await app.clock.sleep(everyMs, app.signal).catch(() => undefined);
  }
  return EXIT.interrupted;
}
