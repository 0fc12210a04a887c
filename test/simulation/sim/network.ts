import { PortError } from '../../../src/core/errors.ts';
import type { Rng } from './rng.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimProcess } from './simProcess.ts';
import type { Story } from './story.ts';

/** How often a message meets with an accident; chances of one message. */
export interface Weather {
  readonly lost: number;
  readonly twice: number;
  /** Delivered long after everybody has given it up. */
  readonly late: number;
  readonly spreadMs: number;
}

export const CALM: Weather = { lost: 0, twice: 0, late: 0, spreadMs: 4 };

export interface Call {
  readonly what: string;
  readonly timeoutMs: number;
  /** Sent once by whoever carries it: nothing below the client sends it a second time. */
  readonly once?: boolean;
}

/** Where requests and answers get lost, late, doubled and out of order; every link can be cut in each direction. */
export class Network {
  weather: Weather = CALM;
  readonly #scheduler: Scheduler;
  readonly #rng: Rng;
  readonly #story: Story;
  readonly #cut = new Set<string>();
  readonly #frozen = new Map<string, (() => void)[]>();

  constructor(scheduler: Scheduler, rng: Rng, story: Story) {
    this.#scheduler = scheduler;
    this.#rng = rng;
    this.#story = story;
  }

  cut(from: string, to: string): void {
    this.#cut.add(`${from}>${to}`);
  }

  join(from: string, to: string): void {
    this.#cut.delete(`${from}>${to}`);
  }

  /** Heals every cut and thaws everybody. */
  healAll(): void {
    this.#cut.clear();
    for (const name of [...this.#frozen.keys()]) this.thaw(name);
  }

  /** SIGSTOP: what arrives waits. */
  freeze(name: string): void {
    if (!this.#frozen.has(name)) this.#frozen.set(name, []);
  }

  thaw(name: string): void {
    const waiting = this.#frozen.get(name) ?? [];
    this.#frozen.delete(name);
    for (const run of waiting) run();
  }

  isFrozen(name: string): boolean {
    return this.#frozen.has(name);
  }

  /**
   * A request and its answer. `unavailable` is told only when it certainly was not done: the connection was refused.
   * Every other silence is `outcomeUnknown`, and the request may still be on its way.
   */
  call<T>(from: SimProcess, to: string, call: Call, execute: () => Promise<T>): Promise<T> {
    const spent = from.spend();
    if (spent === 'dead') return NEVER as Promise<T>;
    const { weather } = this;
    return new Promise<T>((resolve, reject) => {
      let open = true;
      const close = (settle: () => void): void => {
        if (!open || from.dead) return;
        open = false;
        giveUp.run = undefined;
        settle();
      };
      const giveUp = this.#scheduler.after(call.timeoutMs, () =>
        close(() => reject(failure(to, call.what, 'outcomeUnknown', 'no answer in time'))),
      );
      const isCut = this.#cut.has(`${from.name}>${to}`);
      if (isCut && this.#rng.chance(0.5)) {
        this.#scheduler.after(1, () =>
          close(() => reject(failure(to, call.what, 'unavailable', 'connection refused'))),
        );
        return;
      }
      const answer = (settle: () => void): void => {
        const back = this.#delay(weather);
        if (back === undefined) return;
        const arrive = (): void => {
          if (this.#cut.has(`${to}>${from.name}`)) return;
          const waiting = this.#frozen.get(from.name);
          if (waiting === undefined) close(settle);
          else waiting.push(() => this.#scheduler.after(this.#rng.next(), arrive));
        };
        this.#scheduler.after(back, arrive);
      };
      const copies = call.once !== true && this.#rng.chance(weather.twice) ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1)
        this.#send(from, to, { call, execute, resolve, reject, answer });
    });
  }

  #send<T>(
    from: SimProcess,
    to: string,
    sent: {
      readonly call: Call;
      readonly execute: () => Promise<T>;
      readonly resolve: (value: T) => void;
      readonly reject: (error: unknown) => void;
      readonly answer: (settle: () => void) => void;
    },
  ): void {
    const there = this.#delay(this.weather);
    if (there === undefined) {
      this.#story.tell(() => `${from.name} → ${to} ${sent.call.what}: lost`);
      return;
    }
    const deliver = (): void => {
      if (this.#cut.has(`${from.name}>${to}`)) return;
      const waiting = this.#frozen.get(to);
      if (waiting !== undefined) {
        waiting.push(() => this.#scheduler.after(this.#rng.next(), deliver));
        return;
      }
      sent.execute().then(
        (value) => {
          this.#story.tell(() => `${from.name} → ${to} ${sent.call.what}: ${this.#story.brief(value)}`);
          sent.answer(() => sent.resolve(value));
        },
        (error: unknown) => {
          this.#story.tell(() => `${from.name} → ${to} ${sent.call.what}: ${String(error)}`);
          sent.answer(() => sent.reject(error));
        },
      );
    };
    this.#scheduler.after(there, deliver);
  }

  /** `undefined`: it never arrives. */
  #delay(weather: Weather): number | undefined {
    if (this.#rng.chance(weather.lost)) return undefined;
    if (this.#rng.chance(weather.late)) return 500 + this.#rng.next() * 8_000;
    return 0.1 + this.#rng.next() * weather.spreadMs;
  }
}

/** Answers to the dead. */
const NEVER = new Promise<never>(() => {});

export function failure(
  to: string,
  what: string,
  kind: 'unavailable' | 'outcomeUnknown' | 'corrupt',
  message: string,
): PortError {
  return new PortError(kind, { subject: `${to} ${what}`, message });
}
