import type { LogletId, ServerId } from '../../../src/core/ids.ts';
import type { Clock } from '../../../src/ports/Clock.ts';
import type { Random } from '../../../src/ports/Random.ts';
import { Rng, ulidAt, uuidFrom } from './rng.ts';
import type { Scheduler } from './scheduler.ts';

/** What a life that is spent means for the call that spent it. */
export type Spent = 'lives' | 'diesAfter' | 'dead';

/**
 * A client, an operator's run or a server: something that can be killed. After its death none of its calls is
 * answered and none of its sleeps ends, which is all that kill -9 looks like from inside.
 */
export class SimProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly died: Promise<'died'>;
  /** How far its clock is off. May jump. */
  skewMs = 0;
  #left = Number.POSITIVE_INFINITY;
  #lastHappens = false;
  #die: () => void = () => {};
  #dead = false;
  /** Whether a fault may pick it: operators and servers have their own. */
  isClient = false;
  /** Calls that it made. */
  calls = 0;
  /** Whose seals it was told of, by loglet, in its last round of sealing. */
  readonly sealed = new Map<LogletId, { readonly asked: number; readonly servers: Set<ServerId> }>();
  /** When the last reading or repairing of a copy failed. */
  troubledAt = -1;

  constructor(name: string, scheduler: Scheduler, seed: number) {
    this.name = name;
    const rng = new Rng(seed, `process ${name}`);
    this.clock = {
      now: () => scheduler.now + this.skewMs,
      sleep: (ms, signal) => this.#sleep(scheduler, ms, signal),
    };
    this.random = {
      ulid: () => ulidAt(this.clock.now(), rng),
      uuid: () => uuidFrom(rng),
      below: (bound) => rng.below(bound),
    };
    this.died = new Promise((resolve) => {
      this.#die = () => resolve('died');
    });
  }

  get dead(): boolean {
    return this.#dead;
  }

  kill(): void {
    this.#dead = true;
    this.#die();
  }

  /** Dies with its `calls`-th call from now; `lastHappens`: that one still reaches whom it was sent to. */
  killAtCall(calls: number, lastHappens: boolean): void {
    this.#left = calls;
    this.#lastHappens = lastHappens;
  }

  /** One call more. */
  spend(): Spent {
    if (this.#dead) return 'dead';
    this.calls += 1;
    this.#left -= 1;
    if (this.#left > 0) return 'lives';
    this.kill();
    return this.#lastHappens ? 'diesAfter' : 'dead';
  }

  /** Runs until it is done or the process is dead. */
  whileAlive<T>(work: Promise<T>): Promise<T | 'died'> {
    return Promise.race([work, this.died]);
  }

  #sleep(scheduler: Scheduler, ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const event = scheduler.after(ms, () => {
        signal?.removeEventListener('abort', abort);
        if (!this.#dead) resolve();
      });
      const abort = (): void => {
        event.run = undefined;
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}
