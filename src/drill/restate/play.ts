import { logId } from '../../core/ids.ts';
import type { CounterVerdict } from '../../sandbox/restate/load.ts';
import { awaitApplied, awaitSettled, readChains } from '../../sandbox/restate/settled.ts';
import { lead, look } from '../acts.ts';
import { playbookTimes } from '../phases.ts';
import { contradictionIn, type Story, type Told, timesOf, told } from '../play.ts';
import { findOperator, type Operator, operate } from '../recovery.ts';
import type { DrillStage, RestateScenario } from '../scenario.ts';
import { longestSilence, statedLoss, verdictOf, worst } from '../truth.ts';
import { again } from './again.ts';
import { Callers } from './calls.ts';
import { type StartedScene, startRestate } from './cluster.ts';
import { judgeCounters } from './truth.ts';

/**
 * As `play`, on a Restate cluster: the clients call counters, and an acknowledged addition is the truth that the
 * recovery is held against.
 */
export async function playRestate(
  stage: DrillStage,
  scenario: RestateScenario,
  tell: (told: Told) => void,
): Promise<Story> {
  const { clock } = stage.app;
  const scene = await startRestate(stage, scenario.cluster);
  const operator = await findOperator(scene, scenario);
  const callers = new Callers(scene);
  await grow(scene, operator, { callers, scenario });
  await told(stage, 'what went before', () => scenario.prepare?.(scene, operator));
  if (scenario.callers === 'pause') await pause(scene, callers);
  const disasterAt = clock.now();
  await told(stage, 'the disaster', () => scenario.disaster(scene, operator));
  callers.start();
  await look(scene, operator);
  const detectedAt = clock.now();
  const recovered = await lead(scene, scenario, operator);
  const times = { disasterAt, detectedAt, ...playbookTimes(recovered.records, operator.playbook) };
  const isBack = recovered.ended === 'done';
  const appendedAt = isBack ? await callAgain(scene, callers, times.recoveredAt ?? detectedAt) : undefined;
  tell({ ...timesOf({ ...times, appendedAt }), ended: recovered.ended, runId: recovered.runId });
  if (isBack) await extend(scene, operator, callers);
  const counters = await endCalls(scene, callers);
  const after = await operator.hands.look();
  const outage = { from: disasterAt, to: appendedAt ?? clock.now() };
  const acked = callers.times.map((at) => ({ position: 0n, at }));
  tell({ unknownEntries: callers.unknown, outageMs: isBack ? longestSilence(acked, outage) : null });
  const plans = recovered.applied.map((run) => run.plan);
  const logs = (await readChains(scene.cluster)).logs.keys();
  const stated = [...logs].flatMap((id) => plans.flatMap((plan) => statedLoss(plan, logId(String(id)))));
  const verdict = worst([...plans.map(verdictOf), ...contradictionIn(after)]) ?? 'proven';
  tell(judgeCounters({ expect: scenario.expect, verdict, ended: recovered.ended, stated, counters }));
  await told(stage, 'afterwards', () => scenario.afterwards?.(scene, operator));
  return { recovered, operator };
}

const FIRST_CALLS = 120;

/** A past: several segments in each log, and perhaps a backup that is older than the last of them. */
async function grow(
  scene: StartedScene,
  operator: Operator,
  { callers, scenario }: { callers: Callers; scenario: RestateScenario },
): Promise<void> {
  await scene.step('calls with reconfigurations', async () => {
    await awaitSettled(scene.cluster, scene.app.clock, scene.app.signal);
    callers.start();
    await callers.more(FIRST_CALLS + scene.below(FIRST_CALLS));
    if (scenario.cluster.backup === 'stale') await operator.hands.run(['backup']);
    const version = await reconfigureAll(scene, operator);
    await callers.more(FIRST_CALLS);
    await awaitSettled(scene.cluster, scene.app.clock, scene.app.signal);
    return {
      value: undefined,
      detail: `${callers.acknowledged} calls; the chains are at version ${version}`,
    };
  });
}

/** Every log gets a new segment. Answers the version of the chains then. */
async function reconfigureAll(scene: StartedScene, operator: Operator): Promise<number> {
  const { logs } = await readChains(scene.cluster);
  for (const id of logs.keys()) await again(scene, () => operate(operator, 'reconfigure', String(id)));
  return (await readChains(scene.cluster)).version;
}

/** No record is under way, and each partition has applied all of its log wherever it is kept. */
async function pause({ cluster, app }: StartedScene, callers: Callers): Promise<void> {
  await callers.stop();
  await awaitApplied(cluster, app.clock, app.signal);
}

async function callAgain(scene: StartedScene, callers: Callers, after: number): Promise<number> {
  return await scene.step('call', async () => {
    const value = await callers.firstSince(after);
    return { value, detail: 'the callers that called all along were acknowledged' };
  });
}

/** The control plane works again: a new segment in every log, and calls in it. */
async function extend(scene: StartedScene, operator: Operator, callers: Callers): Promise<void> {
  await scene.step('reconfigure and call', async () => {
    const version = await reconfigureAll(scene, operator);
    await callers.more(20);
    return { value: undefined, detail: `the chains are at version ${version}` };
  });
}

async function endCalls(scene: StartedScene, callers: Callers): Promise<readonly CounterVerdict[]> {
  return await scene.step('hold every counter against its callers', async () => {
    await callers.stop();
    const counters = await callers.check();
    const wrong = counters.filter(({ verdict }) => verdict === 'lost' || verdict === 'surplus');
    return {
      value: counters,
      detail: `${callers.acknowledged} acknowledged, ${callers.unknown} unknown; ${counters.length - wrong.length} of ${counters.length} counters are right`,
    };
  });
}
