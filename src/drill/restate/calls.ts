import type { Counters } from '../../codec/sandbox.ts';
import { CallLoad, type CounterVerdict, checkCounters } from '../../sandbox/restate/load.ts';
import type { StartedScene } from './cluster.ts';

const COUNTERS = 8;
const WORKERS = 4;
const LOOK_AGAIN_MS = 20;
/** How long callers wait for a cluster that is said to be whole. */
const PATIENCE_MS = 120_000;

/** Callers that add to counters all through a drill, and know nothing of it. What they were told is the truth. */
export class Callers {
  readonly #scene: StartedScene;
  /** When each addition was acknowledged, over all loads. */
  readonly #times: number[] = [];
  #told: Counters = {};
  #unknown = 0;
  #running:
    | { readonly load: CallLoad; readonly ending: AbortController; readonly ended: Promise<void> }
    | undefined;

  constructor(scene: StartedScene) {
    this.#scene = scene;
    // Also when the drill is interrupted: calls under way would go on while their cluster is taken down.
    scene.app.signal.addEventListener('abort', () => this.#running?.ending.abort(), { once: true });
  }

  start(): void {
    if (this.#running !== undefined) return;
    const ending = new AbortController();
    const { ingress, app } = this.#scene;
    const load = new CallLoad({
      ...{ ingress, counters: COUNTERS, workers: WORKERS, before: this.#told },
      ...{ clock: app.clock, signal: ending.signal },
    });
    this.#running = { load, ending, ended: load.run() };
  }

  /** Ends the calls, each with its answer, and adds up what was told. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    running.ending.abort();
    await running.ended;
    this.#running = undefined;
    this.#told = running.load.counters;
    this.#unknown += running.load.unknown;
    this.#times.push(...running.load.acknowledgedAt);
  }

  get acknowledged(): number {
    return this.#times.length + (this.#running?.load.acknowledged ?? 0);
  }

  /** Calls that nobody knows the outcome of. */
  get unknown(): number {
    return this.#unknown + (this.#running?.load.unknown ?? 0);
  }

  /** When each addition was acknowledged, oldest first. */
  get times(): readonly number[] {
    return [...this.#times, ...(this.#running?.load.acknowledgedAt ?? [])];
  }

  async more(additions: number): Promise<void> {
    const wanted = this.acknowledged + additions;
    await this.#until(`${additions} more calls`, () => this.acknowledged >= wanted || undefined);
  }

  /** When the first addition after that moment was acknowledged. */
  firstSince(at: number): Promise<number> {
    return this.#until('a call', () => this.times.find((time) => time >= at));
  }

  /** Every counter against what its callers were told; they have been stopped before. */
  check(): Promise<readonly CounterVerdict[]> {
    return checkCounters(this.#scene.ingress, this.#told);
  }

  async #until<T>(what: string, found: () => T | undefined): Promise<T> {
    const { clock, signal } = this.#scene.app;
    const deadline = clock.now() + PATIENCE_MS;
    for (;;) {
      const value = found();
      if (value !== undefined) return value;
      if (clock.now() > deadline) throw new Error(`${what} should have been acknowledged by now`);
      await clock.sleep(LOOK_AGAIN_MS, signal);
    }
  }
}
