import type { App } from '../cli/app.ts';
import { DrError } from '../core/errors.ts';
import { logId } from '../core/ids.ts';
import type { DrillRequest, DrillStage } from './scenario.ts';
import { seededNumbers } from './seeded.ts';

export interface DrillStep {
  readonly step: string;
  readonly ok: boolean;
  readonly startedAt: number;
  readonly elapsedMs: number;
  readonly detail: string;
}

/** Tells and times the parts of a drill; each is added to `steps` as it ends. */
export function stageOf(app: App, request: DrillRequest, steps: DrillStep[]): DrillStage {
  return {
    app,
    request,
    logId: logId('1'),
    below: seededNumbers(request.seed),
    step: async (title, run) => {
      // Between steps, so that nothing is half started when everything is stopped.
      app.signal.throwIfAborted();
      const startedAt = app.clock.now();
      const stage = app.reporter.stage(title);
      const record = (ok: boolean, detail: string) => {
        steps.push({ step: title, ok, startedAt, elapsedMs: app.clock.now() - startedAt, detail });
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

export function describeFailure(error: unknown): string {
  if (error instanceof DrError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
