import type { LogContext } from './context.ts';

const DOUBLINGS = 4;

/** A pause that doubles with every try, between half of it and all of it, so that clients do not march in step. */
export async function pause(
  { clock, random, patience }: Pick<LogContext, 'clock' | 'random' | 'patience'>,
  tries: number,
  signal?: AbortSignal,
): Promise<void> {
  const whole = patience.retryMs * 2 ** Math.min(tries, DOUBLINGS);
  await clock.sleep(Math.ceil(whole / 2) + random.below(Math.max(1, Math.floor(whole / 2))), signal);
}
