import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from '../cli/app.ts';
import type { DrillResult } from '../codec/results/drill.ts';
import { openSandbox } from '../sandbox/layout.ts';
import { stopSandbox } from '../sandbox/verbs.ts';
import { play, type Story, type Told } from './play.ts';
import { type AnyScenario, type DrillRequest, isRestate } from './scenario.ts';
import { stageOf } from './stage.ts';

export interface Drilled {
  readonly result: DrillResult;
  /** Absent when the drill broke off. */
  readonly story?: Story;
}

/** Runs a scenario on a cluster of its own. Whatever happens, nothing of it runs afterwards. */
export async function runDrill(
  app: App,
  scenario: AnyScenario,
  request: Omit<DrillRequest, 'dir'> & { readonly keep: boolean },
): Promise<Drilled> {
  const dir = await mkdtemp(join(tmpdir(), 'vlog-dr-drill-'));
  const result: DrillResult = { ...nothingYet(app, scenario, request), dir: request.keep ? dir : null };
  let story: Story | undefined;
  // Also when the user interrupts while a step is under way.
  app.defer(() => stopEverything(app, dir, request.keep));
  try {
    const stage = stageOf(app, { ...request, dir }, result.steps);
    const tell = (told: Told) => Object.assign(result, told);
    story = await (isRestate(scenario) ? onRestate(stage, scenario, tell) : play(stage, scenario, tell));
  } catch (error) {
    const last = result.steps.at(-1);
    // An interrupt is no verdict on the recovery; a step that failed is, and is in the story.
    if (app.signal.aborted || last === undefined || last.ok) throw error;
    result.problems.push(`"${last.step}" failed: ${last.detail}`);
    result.ok = false;
  } finally {
    await stopEverything(app, dir, request.keep);
  }
  return { result, ...(story !== undefined && { story }) };
}

/** Loaded only for a drill on Restate: its drivers are of no use to others. */
const onRestate: typeof import('./restate/play.ts').playRestate = async (...request) =>
  (await import('./restate/play.ts')).playRestate(...request);

function nothingYet(
  app: App,
  { name, title, playbook, expect }: AnyScenario,
  { seed, metaStore }: Pick<DrillRequest, 'seed' | 'metaStore'>,
): DrillResult {
  return {
    scenario: name,
    title,
    playbook,
    seed,
    startedAt: app.clock.now(),
    software: app.version,
    metaStore,
    verdict: 'not reached',
    expected: expect.verdict,
    ended: null,
    rtoMs: null,
    phases: { detectedMs: null, plannedMs: null, recoveredMs: null, appendedMs: null, completedMs: null },
    outageMs: null,
    rpoEntries: null,
    rpoSeconds: null,
    ackedEntries: null,
    lostEntries: null,
    lost: [],
    statedLoss: [],
    unknownEntries: null,
    runId: null,
    steps: [],
    problems: [],
    ok: false,
    dir: null,
  };
}

async function stopEverything(app: App, dir: string, keep: boolean): Promise<void> {
  const sandbox = await openSandbox(dir).catch(() => undefined);
  if (sandbox !== undefined) await stopSandbox(sandbox, { clock: app.clock, deleteData: false });
  if (keep) return;
  await rm(dir, { recursive: true, force: true });
  await rm(`${dir}.repository`, { recursive: true, force: true });
}
