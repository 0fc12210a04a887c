import { readFile } from 'node:fs/promises';
import { openLog } from '../cli/connection.ts';
import { parseAcked } from '../codec/acked.ts';
import type { AckedEntry } from '../codec/sandbox.ts';
import { silentReporter } from '../ports/Reporter.ts';
import { paths } from '../sandbox/layout.ts';
import { type LoadSummary, runLoad } from '../sandbox/load.ts';
import type { Scenario, Scene } from './scenario.ts';

export interface BackgroundLoad {
  /** Ends it after the append under way, and tells what it did. */
  stop(): Promise<LoadSummary>;
  isRunning(): boolean;
}

/** A client that appends all through the disaster, and knows nothing of it. */
export function startLoad(scene: Scene, { clients }: Scenario): BackgroundLoad {
  const ending = new AbortController();
  const log = openLog(scene.access.connection, scene.logId, {
    mayReconfigure: clients === 'help themselves',
  });
  const running = runLoad({ ...loadOptions(scene), log, signal: ending.signal });
  let isRunning = true;
  // Its failure is told by `stop`; until then it must not be an unhandled one.
  const ended = () => {
    isRunning = false;
  };
  running.then(ended, ended);
  // Also when the drill is interrupted: an append under way would go on while its cluster is taken down.
  scene.app.signal.addEventListener('abort', () => ending.abort(), { once: true });
  return {
    stop: () => {
      ending.abort();
      return running;
    },
    isRunning: () => isRunning,
  };
}

export function loadOptions({ app, access, logId }: Scene) {
  return {
    logId,
    log: openLog(access.connection, logId),
    sizeBytes: 200,
    ackedFile: paths.acked(access.sandbox.dir),
    loadId: app.random.ulid(),
    clock: app.clock,
    reporter: silentReporter,
    signal: app.signal,
  };
}

/** What was acknowledged so far, in the order of the acknowledgements. */
export async function acknowledged({ access, logId }: Scene): Promise<readonly AckedEntry[]> {
  const file = paths.acked(access.sandbox.dir);
  return parseAcked(await readFile(file, 'utf8'), file).get(logId) ?? [];
}
