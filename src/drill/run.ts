import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from '../cli/app.ts';
import { DrError } from '../core/errors.ts';
import { openSandbox } from '../sandbox/layout.ts';
import { stopSandbox } from '../sandbox/verbs.ts';
import type { DrillOutcome, DrillStage, Scenario } from './scenario.ts';
import { seededNumbers } from './seeded.ts';

export interface DrillStep {
  readonly step: string;
  readonly ok: boolean;
  readonly elapsedMs: number;
  readonly detail: string;
}

/** What `drill run` prints. `null` where the drill did not come that far. */
export interface DrillResult {
  readonly scenario: string;
  readonly seed: number;
  readonly verdict: string;
  readonly rtoMs: number | null;
  readonly rpoEntries: number | null;
  readonly ackedEntries: number | null;
  readonly lostEntries: number | null;
  readonly unknownEntries: number | null;
  readonly steps: readonly DrillStep[];
  readonly ok: boolean;
  readonly dir: string | null;
}

/** Runs a scenario on a cluster of its own. Whatever happens, nothing of it runs afterwards. */
export async function runDrill(
  app: App,
  scenario: Scenario,
  request: Omit<DrillStage['request'], 'dir'> & { readonly keep: boolean },
): Promise<DrillResult> {
  const dir = await mkdtemp(join(tmpdir(), 'vlog-dr-drill-'));
  const steps: DrillStep[] = [];
  let outcome: DrillOutcome | undefined;
  try {
    outcome = await scenario.run(stageOf(app, { ...request, dir }, steps));
  } catch (error) {
    // An interrupt is no verdict on the recovery; a step that failed is, and is in the story.
    if (app.signal.aborted || steps.at(-1)?.ok !== false) throw error;
  } finally {
    await stopEverything(app, dir, request.keep);
  }
  const ok = outcome?.verdictHeld === true && outcome.lostEntries === 0;
  return {
    scenario: scenario.name,
    seed: request.seed,
    verdict: outcome?.verdict ?? 'not reached',
    rtoMs: outcome?.rtoMs ?? null,
    rpoEntries: outcome?.lostEntries ?? null,
    ackedEntries: outcome?.ackedEntries ?? null,
    lostEntries: outcome?.lostEntries ?? null,
    unknownEntries: outcome?.unknownEntries ?? null,
    steps,
    ok,
    dir: request.keep ? dir : null,
  };
}

function stageOf(app: App, request: DrillStage['request'], steps: DrillStep[]): DrillStage {
  return {
    app,
    request,
    below: seededNumbers(request.seed),
    step: async (title, run) => {
      // Between steps, so that nothing is half started when everything is stopped.
      app.signal.throwIfAborted();
      const startedAt = app.clock.now();
      const stage = app.reporter.stage(title);
      const record = (ok: boolean, detail: string) => {
        steps.push({ step: title, ok, elapsedMs: app.clock.now() - startedAt, detail });
        if (ok) stage.done(detail);
        else stage.failed(detail);
      };
      try {
        const { value, detail } = await run();
        record(true, detail);
        return value;
      } catch (error) {
        record(false, describeFailure(error));
        throw error;
      }
    },
  };
}

function describeFailure(error: unknown): string {
  if (error instanceof DrError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

async function stopEverything(app: App, dir: string, keep: boolean): Promise<void> {
  const sandbox = await openSandbox(dir).catch(() => undefined);
  if (sandbox !== undefined) await stopSandbox(sandbox, { clock: app.clock, deleteData: false });
  if (!keep) await rm(dir, { recursive: true, force: true });
}
