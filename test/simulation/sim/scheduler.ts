import type { Rng } from './rng.ts';

/** Something that will happen at a moment of virtual time. */
export interface SimEvent {
  readonly due: number;
  /** Drawn from the seed: which of two events of one moment comes first. */
  readonly rank: number;
  run: (() => void) | undefined;
}

/** The run waits for something that can never happen. */
export class Stuck extends Error {}

/** Virtual time begins here; milliseconds since 1970. */
const EPOCH = 1_700_000_000_000;

/**
 * One world's time and order. 1. all code runs until it waits; 2. the next event in (time, seeded rank) runs. No timer
 * and no I/O of the machine takes part, so a seed has one history.
 */
export class Scheduler {
  readonly #rng: Rng;
  readonly #heap: SimEvent[] = [];
  #now = 0;
  /** Events that ran. */
  events = 0;
  /** Digest of the order in which they ran. */
  fingerprint = 0;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** Milliseconds since the run began; not whole. */
  get elapsed(): number {
    return this.#now;
  }

  get now(): number {
    return EPOCH + Math.floor(this.#now);
  }

  after(ms: number, run: () => void): SimEvent {
    const event: SimEvent = { due: this.#now + Math.max(0, ms), rank: this.#rng.next(), run };
    this.#push(event);
    return event;
  }

  /** Runs the world until `main` is settled. */
  async drive<T>(main: () => Promise<T>, limit: number): Promise<T> {
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
    main().then(
      (value) => {
        outcome = { value };
      },
      (error: unknown) => {
        outcome = { error };
      },
    );
    for (;;) {
      await everybodyWaits();
      if (outcome !== undefined) break;
      this.#next(limit);
    }
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  #next(limit: number): void {
    for (;;) {
      const event = this.#pop();
      if (event === undefined) throw new Stuck('nothing is left to happen, and the run is not over');
      const { run } = event;
      if (run === undefined) continue;
      if (this.events >= limit) throw new Stuck(`not over after ${limit} events`);
      this.#now = event.due;
      this.events += 1;
      this.fingerprint =
        (Math.imul(this.fingerprint ^ Math.floor(event.due * 1024), 16_777_619) ^ this.events) >>> 0;
      run();
      return;
    }
  }

  #push(event: SimEvent): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const up = (at - 1) >>> 1;
      const parent = heap[up];
      if (parent === undefined || !before(event, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = event;
  }

  #pop(): SimEvent | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let down = at * 2 + 1;
      let child = heap[down];
      const right = heap[down + 1];
      if (child !== undefined && right !== undefined && before(right, child)) {
        child = right;
        down += 1;
      }
      if (child === undefined || !before(child, last)) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = last;
    return top;
  }
}

function before(a: SimEvent, b: SimEvent): boolean {
  return a.due < b.due || (a.due === b.due && a.rank < b.rank);
}

/** Node runs a tick only when the queue of promises is empty: everybody waits for an event then. */
function everybodyWaits(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
