import { parentPort, workerData } from 'node:worker_threads';
import { reportOf } from './report.ts';
import { runSeed } from './run.ts';
import type { RunReport } from './tally.ts';

/** A share of the seeds: every `stride`-th from `offset` on. */
export interface Share {
  readonly profiles: readonly string[];
  readonly start: number;
  readonly seeds: number;
  readonly offset: number;
  readonly stride: number;
  readonly off: readonly string[];
}

/** Runs a share; nobody may forget a rejected promise, and one that was forgotten is a violation of that run. */
export async function runShare(
  share: Share,
  tell: (run: RunReport) => boolean | Promise<boolean>,
): Promise<void> {
  // Thousands of expected time-outs are made in a run; a replay has the stacks.
  Error.stackTraceLimit = 0;
  const forgotten: string[] = [];
  const remember = (error: unknown): void => {
    forgotten.push(error instanceof Error ? `${error.message} ${error.stack ?? ''}` : String(error));
  };
  process.on('unhandledRejection', remember);
  try {
    for (let n = share.offset; n < share.seeds; n += share.stride) {
      const profile = share.profiles[n % share.profiles.length] ?? 'calm';
      const result = await runSeed(profile, share.start + n, { off: new Set(share.off) });
      const report = reportOf(result);
      const lost = forgotten.splice(0).map((message) => ({ invariant: 'no promise is forgotten', message }));
      const goesOn = await tell(
        lost.length === 0 ? report : { ...report, violations: [...report.violations, ...lost] },
      );
      if (!goesOn) return;
    }
  } finally {
    process.off('unhandledRejection', remember);
  }
}

const port = parentPort;
if (port !== null) {
  await runShare(workerData as Share, (run) => {
    port.postMessage(run);
    return true;
  });
}
