import { DrError, isPortError } from '../../core/errors.ts';
import type { Clock } from '../../ports/Clock.ts';
import type { Random } from '../../ports/Random.ts';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;

/** What may heal: a part of the cluster failed, or gave out what it should not. Anything else is a bug. */
export function mayHeal(error: unknown): error is Error {
  if (isPortError(error)) return true;
  return (
    error instanceof DrError && (error.code === 'E_BAD_SNAPSHOT' || error.code === 'E_REPOSITORY_UNSAFE')
  );
}

/** A pause that doubles with every failure, anywhere in its second half, so that followers do not march in step. */
export async function backOff(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  failures: number,
  signal: AbortSignal,
): Promise<void> {
  const whole = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10));
  await rest(clock, whole / 2 + random.below(whole / 2), signal);
}

/** Sleeps, or returns at once when it is told to stop. */
export async function rest(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** At most so many at the same time; the others wait in line, and hold nothing but their place. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
