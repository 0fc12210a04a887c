import type { App } from '../cli/app.ts';
import { type Connection, openLog } from '../cli/connection.ts';
import type { LogId } from '../core/ids.ts';
import { silentReporter } from '../ports/Reporter.ts';
import { paths, type Sandbox } from '../sandbox/layout.ts';
import { type LoadSummary, runLoad } from '../sandbox/load.ts';

export interface BackgroundLoad {
  /** Ends it after the append under way, and tells what it did. */
  stop(): Promise<LoadSummary>;
}

/** A client that appends all through the disaster, and knows nothing of it. */
export function startLoad(app: App, connection: Connection, sandbox: Sandbox, logId: LogId): BackgroundLoad {
  const ending = new AbortController();
  const running = runLoad({
    ...loadOptions(app, connection, sandbox, logId),
    signal: ending.signal,
  });
  // Its failure is told by `stop`; until then it must not be an unhandled one.
  running.catch(() => undefined);
  return {
    stop: () => {
      ending.abort();
      return running;
    },
  };
}

export function loadOptions(app: App, connection: Connection, sandbox: Sandbox, logId: LogId) {
  return {
    logId,
    log: openLog(connection, logId),
    sizeBytes: 200,
    ackedFile: paths.acked(sandbox.dir),
    loadId: app.random.ulid(),
    clock: app.clock,
    reporter: silentReporter,
    signal: app.signal,
  };
}
