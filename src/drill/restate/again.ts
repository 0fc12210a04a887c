import { DrError, isPortError } from '../../core/errors.ts';
import type { DrillStage } from '../scenario.ts';

const TRIES = 20;
const PAUSE_MS = 500;

/** Restate moves its logs by itself, too, and may be quicker with one: then it is tried again. */
export async function again<T>({ app }: DrillStage, act: () => Promise<T>): Promise<T> {
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await act();
    } catch (error) {
      if (left === 0 || !(isPortError(error) || error instanceof DrError)) throw error;
      await app.clock.sleep(PAUSE_MS, app.signal);
    }
  }
}
