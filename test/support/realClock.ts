import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../src/ports/Clock.ts';

/** The machine's time, for tests of real processes and servers. */
export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};
