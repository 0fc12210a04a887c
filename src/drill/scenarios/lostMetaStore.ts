import { readFile } from 'node:fs/promises';
import { openLog } from '../../cli/connection.ts';
import { parseAcked } from '../../codec/acked.ts';
import type { LogPlan, RebuildPlan } from '../../codec/plan.ts';
import { logId } from '../../core/ids.ts';
import { verifyAcked } from '../../operations/log/verifyAcked.ts';
import { silentReporter } from '../../ports/Reporter.ts';
import { accessSandbox } from '../../sandbox/access.ts';
import { paths } from '../../sandbox/layout.ts';
import { runLoad } from '../../sandbox/load.ts';
import { upSandbox } from '../../sandbox/up.ts';
import { loseMetaStore } from '../../sandbox/verbs.ts';
import { loadOptions, startLoad } from '../backgroundLoad.ts';
import { applyInRun, planFromLoglets, worstVerdict } from '../recovery.ts';
import type { DrillOutcome, DrillStage, Scenario } from '../scenario.ts';

const LOG = logId('1');

/**
 * The control plane is gone, disk and all, while clients append. It is rebuilt from what the LogServers know, the
 * log is moved to a new loglet under it, and every acknowledged entry is read back.
 */
export const lostMetaStore: Scenario = {
  name: 'lost-metastore',
  title: 'The MetaStore is lost with its data',
  about:
    'Five LogServers under load; the MetaStore is killed and emptied, and rebuilt from the loglets alone.',
  run,
};

async function run(stage: DrillStage): Promise<DrillOutcome> {
  const { app, request } = stage;
  const useRepository = request.repository !== undefined;
  await startCluster(stage);
  const found = await accessSandbox(app, request.dir);
  const { connection, sandbox } = found;
  await stage.step('load with reconfigurations', async () => {
    const reconfigureEvery = 200 + stage.below(200);
    const options = loadOptions(app, connection, sandbox, LOG);
    const load = await runLoad({ ...options, entries: 2_000, reconfigureEvery });
    return { value: load, detail: `${load.acknowledged} entries over ${load.reconfigurations + 1} loglets` };
  });
  const background = startLoad(app, connection, sandbox, LOG);
  const lostAt = await stage.step('lose the MetaStore', async () => {
    const at = app.clock.now();
    await loseMetaStore(found, { stayDown: false, keep: 0 });
    return { value: at, detail: 'killed, its data deleted, an empty one started in its place' };
  });
  const plan = await stage.step('plan from the loglets', async () => {
    const made = await planFromLoglets(app, connection, useRepository);
    return { value: made, detail: made.logs.map(describePlan).join('; ') };
  });
  await stage.step('apply', async () => {
    const runId = await applyInRun(app, connection, plan, useRepository);
    return { value: runId, detail: `generation ${plan.generation.number}, run ${runId}` };
  });
  const rtoMs = await stage.step('reconfigure and append', async () => {
    const log = openLog(connection, LOG);
    const { chain } = await log.reconfigure();
    await log.append([Buffer.from('first entry after the recovery')]);
    const elapsed = app.clock.now() - lostAt;
    return { value: elapsed, detail: `version ${chain.version}, ${elapsed} ms after the loss` };
  });
  const load = await stage.step('end the load', async () => {
    const summary = await background.stop();
    const { acknowledged, unknown, failed } = summary;
    const detail = `${acknowledged} appended meanwhile, ${failed} refused, ${unknown} unknown`;
    return { value: summary, detail };
  });
  const verdict = await readBack(stage, found);
  return { ...judge(plan, verdict), rtoMs, unknownEntries: load.unknown };
}

async function startCluster({ app, request, step }: DrillStage): Promise<void> {
  await step('start the cluster', async () => {
    // Its own stages would run inside this one.
    const status = await upSandbox(
      { ...app, reporter: silentReporter },
      {
        dir: request.dir,
        servers: 5,
        zones: 1,
        logs: 1,
        metaStore: request.metaStore,
        ...(request.repository === undefined ? {} : { repository: request.repository }),
        policy: {
          durability: 'all',
          nodesetSize: 3,
          minNodesetSize: 3,
          minZones: 0,
          snapshots: request.repository === undefined ? 'off' : 'required',
        },
      },
    );
    const { kind, members } = status.metaStore;
    const metaStore = `${members.length} MetaStore member${members.length === 1 ? '' : 's'} (${kind})`;
    return { value: undefined, detail: `${status.logServers.length} LogServers, ${metaStore}` };
  });
}

async function readBack(
  stage: DrillStage,
  { connection, sandbox }: Awaited<ReturnType<typeof accessSandbox>>,
): Promise<{ checked: number; lost: number }> {
  return await stage.step('read every acknowledged entry back', async () => {
    const file = paths.acked(sandbox.dir);
    const entries = parseAcked(await readFile(file, 'utf8'), file).get(LOG) ?? [];
    // Without the cache: only what the rebuilt MetaStore leads to counts.
    const log = openLog(connection, LOG, { cached: false });
    const verdict = await verifyAcked(log, LOG, entries);
    const lost = verdict.lost.length;
    return {
      value: { checked: verdict.checked, lost },
      detail: `${verdict.checked - lost} of ${verdict.checked}`,
    };
  });
}

function judge(
  plan: RebuildPlan,
  { checked, lost }: { checked: number; lost: number },
): Pick<DrillOutcome, 'verdict' | 'verdictHeld' | 'ackedEntries' | 'lostEntries'> {
  const verdict = worstVerdict(plan);
  return {
    verdict,
    verdictHeld: verdict === 'proven' && lost === 0,
    ackedEntries: checked,
    lostEntries: lost,
  };
}

function describePlan(log: LogPlan): string {
  return `log ${log.logId} ${log.verdict}, ${log.segments.length} segments, the last one ${log.lastSegment}`;
}
