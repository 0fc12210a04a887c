import { type RunResult, runSeed } from './run.ts';
import { LEAVABLE } from './scenario.ts';

/** The smallest scenario of a seed that still fails in the same way, and its story. */
export async function minimise(
  profile: string,
  seed: number,
): Promise<{ off: string[]; result: RunResult } | undefined> {
  const whole = await runSeed(profile, seed);
  const wanted = whole.violations[0]?.invariant;
  if (wanted === undefined) return undefined;
  const off = new Set<string>();
  for (const one of LEAVABLE) {
    const tried = await runSeed(profile, seed, { off: new Set([...off, one]) });
    if (tried.violations.some(({ invariant }) => invariant === wanted)) off.add(one);
  }
  return { off: [...off], result: await runSeed(profile, seed, { off, told: true }) };
}

const NOISE = / → .* (store \d|states|status|acknowledgedTail|read \d|get|list|proveWritable|inventory)/;

/** The lines that a person needs: what was decided, changed and said, without the looking around. */
export function readable(story: readonly string[]): string[] {
  return story
    .filter((line) => !NOISE.test(line))
    .map((line) => (line.length > 220 ? `${line.slice(0, 219)}…` : line));
}
