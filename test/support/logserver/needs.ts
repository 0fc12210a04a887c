import { spawnSync } from 'node:child_process';

/** Whether a program is there. Missing it is said aloud, and fails where everything is required. */
export function needs(program: string, args: readonly string[]): boolean {
  if (spawnSync(program, args).status === 0) return true;
  if (process.env.VLOG_DR_REQUIRE_ALL === '1') throw new Error(`${program} is not installed`);
  process.stderr.write(`SKIPPED: tests that need ${program}, which is not installed\n`);
  return false;
}
