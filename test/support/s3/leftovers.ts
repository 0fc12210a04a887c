import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes the folders of killed runs, named <pid>-<random>. An hour of grace: an owner in another container has no pid here. */
export async function sweep(runs: string): Promise<void> {
  for (const name of await readdir(runs)) {
    const dir = join(runs, name);
    const ageMs = Date.now() - (await stat(dir).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
    if (ageMs > 3_600_000 && !isAlive(Number.parseInt(name, 10)))
      await rm(dir, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The last lines of every log of a run, for the error that says it did not start. */
export async function logTails(dir: string): Promise<string> {
  const names = (await readdir(dir).catch(() => [])).filter((name) => /\.(log|out)$/.test(name));
  const tails = names.map(async (name) => {
    const lines = (await readFile(join(dir, name), 'utf8')).trimEnd().split('\n');
    return [`--- ${name}`, ...lines.slice(-5)].join('\n');
  });
  return (await Promise.all(tails)).join('\n');
}
