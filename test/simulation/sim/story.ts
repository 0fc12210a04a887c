import type { Scheduler } from './scheduler.ts';

/** What happened, line by line; silent unless somebody wants to read it. */
export class Story {
  readonly lines: string[] = [];
  readonly #scheduler: Scheduler;
  readonly #told: boolean;

  constructor(scheduler: Scheduler, told: boolean) {
    this.#scheduler = scheduler;
    this.#told = told;
  }

  /** The text is made only when it is told: most runs have no reader. */
  tell(line: () => string): void {
    if (this.#told) this.lines.push(`${this.#scheduler.elapsed.toFixed(3).padStart(12)} ${line()}`);
  }

  /** A value in a few words. */
  brief(value: unknown): string {
    const text = JSON.stringify(value, shorten) ?? 'done';
    return text.length > 160 ? `${text.slice(0, 157)}…` : text;
  }
}

function shorten(key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value.slice(0, 24));
  if (key === 'descriptor' || key === 'descriptorDigest' || key === 'digest') return undefined;
  return value;
}
