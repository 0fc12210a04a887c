import type { Clock } from '../../src/ports/Clock.ts';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/**
 * Virtual time: when all code in this process waits, the next sleeper's time has come. Nothing that runs on it may
 * wait for real I/O.
 */
export class VirtualClock implements Clock {
  #now = 1_700_000_000_000;
  #sleepers: Sleeper[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper = { due: this.#now + ms, wake };
      this.#sleepers.push(sleeper);
      this.#sleepers.sort((a, b) => a.due - b.due);
      signal?.addEventListener('abort', abort, { once: true });
      // Promises are all settled before an immediate runs: everybody waits.
      setImmediate(() => this.#wakeNext());
    });
  }

  #wakeNext(): void {
    const next = this.#sleepers.shift();
    if (next === undefined) return;
    this.#now = Math.max(this.#now, next.due);
    next.wake();
  }
}
