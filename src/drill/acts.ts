import { openLog } from '../cli/connection.ts';
import type { LogId, Position } from '../core/ids.ts';
import { verifyAcked } from '../operations/log/verifyAcked.ts';
import type { Sight } from '../playbook/sight.ts';
import { runLoad } from '../sandbox/load.ts';
import { acknowledged, type BackgroundLoad, loadOptions, startLoad } from './load.ts';
import { detect, type Operator, type Recovered, recover } from './recovery.ts';
import type { DrillStage, Scenario, ScenarioOn, Scene } from './scenario.ts';
import type { Acked } from './truth.ts';

/** What a drill does, one act after the other; each tells the step that it was. */

const FIRST_ENTRIES = 2_000;

/** A past: several loglets, so that the chain has something to lose. */
export async function grow(scene: Scene): Promise<void> {
  await scene.step('load with reconfigurations', async () => {
    const reconfigureEvery = 200 + scene.below(200);
    const load = await runLoad({ ...loadOptions(scene), entries: FIRST_ENTRIES, reconfigureEvery });
    return {
      value: undefined,
      detail: `${load.acknowledged} entries over ${load.reconfigurations + 1} loglets`,
    };
  });
}

/** Resolves when the client has had its first answers: the disaster comes in the middle of its work. */
export async function startWriting(scene: Scene, scenario: Scenario): Promise<BackgroundLoad> {
  const before = (await acknowledged(scene)).length;
  const load = startLoad(scene, scenario);
  await acknowledgement(scene, load, (all) => all.length > before);
  return load;
}

export async function look(scene: DrillStage, operator: Operator): Promise<Sight> {
  return await scene.step('assess', async () => {
    const value = await detect(scene, operator);
    const codes = [
      ...new Set(value.findings.filter((one) => one.severity !== 'info').map((one) => one.code)),
    ];
    return { value, detail: codes.join(', ') || 'nothing is wrong' };
  });
}

export async function lead<S extends DrillStage>(
  scene: S,
  scenario: ScenarioOn<S>,
  operator: Operator,
): Promise<Recovered> {
  return await scene.step(`playbook ${scenario.playbook}`, async () => {
    const value = await recover(scene, scenario, operator);
    const applied = value.applied.map((run) => run.plan.kind).join(', ') || 'nothing to apply';
    return { value, detail: `${value.ended}: ${applied}` };
  });
}

/** When the first append after that moment was acknowledged: the client's own, or one that is tried now. */
export async function appendAgain(scene: Scene, load: BackgroundLoad, after: number): Promise<number> {
  return await scene.step('append', async () => {
    if (load.isRunning()) {
      const at = await acknowledgement(scene, load, (all) => all.find((one) => (one.at ?? 0) >= after)?.at);
      if (at !== undefined) return { value: at, detail: 'the client that wrote all along was acknowledged' };
    }
    await runLoad({ ...loadOptions(scene), entries: 1 });
    return { value: scene.app.clock.now(), detail: 'acknowledged to a new client' };
  });
}

/** Answers how many appends nobody knows the outcome of. */
export async function endLoad(scene: Scene, load: BackgroundLoad): Promise<number> {
  return await scene.step('end the load', async () => {
    const { acknowledged: acked, unknown, failed } = await load.stop();
    return { value: unknown, detail: `${acked} appended meanwhile, ${failed} refused, ${unknown} unknown` };
  });
}

/** The control plane works again: a new loglet, and an entry in it. */
export async function extend(scene: Scene): Promise<void> {
  await scene.step('reconfigure and append', async () => {
    const { chain } = await openLog(scene.access.connection, scene.logId).reconfigure();
    await runLoad({ ...loadOptions(scene), entries: 10 });
    return { value: undefined, detail: `version ${chain.version}, generation ${chain.generation.number}` };
  });
}

export interface ReadBack {
  readonly logId: LogId;
  readonly lost: readonly Position[];
  readonly acked: readonly Acked[];
}

export async function readBack(scene: Scene): Promise<ReadBack> {
  const { step, logId, access } = scene;
  return await step('read every acknowledged entry back', async () => {
    const entries = await acknowledged(scene);
    // Without the cache: only what the MetaStore leads to counts.
    const log = openLog(access.connection, logId, { cached: false });
    const { lost, checked } = await verifyAcked(log, logId, entries);
    const acked = entries.map(({ position, at }) => ({ position: BigInt(position), at: at ?? 0 }));
    return {
      value: { logId, lost: lost.map((one) => one.position), acked },
      detail: `${checked - lost.length} of ${checked}`,
    };
  });
}

const LOOK_AGAIN_MS = 20;

/** Looks at what the client wrote down until it is as wanted; `undefined` when the client ended before. */
async function acknowledgement<T>(
  scene: Scene,
  load: BackgroundLoad,
  wanted: (all: Awaited<ReturnType<typeof acknowledged>>) => T | undefined | false,
): Promise<T | undefined> {
  for (;;) {
    const isLast = !load.isRunning();
    const found = wanted(await acknowledged(scene));
    if (found !== undefined && found !== false) return found;
    if (isLast) return undefined;
    await scene.app.clock.sleep(LOOK_AGAIN_MS, scene.app.signal);
  }
}
