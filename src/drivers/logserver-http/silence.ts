/** A time-out that nothing was heard in. Any other failure comes at once, and is cheap to meet again. */
const TIMED_OUT = [
  'TimeoutError',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
];

/**
 * A server that answers nothing costs one time-out in all: after it, calls fail at once, unsent, until a question in
 * the background is answered. To wait for it again in every step of a recovery would make a minute of seconds.
 */
export class Silence {
  readonly #ask: () => Promise<unknown>;
  #lasts = false;
  #asking = false;

  /** `ask` is any question that changes nothing. */
  constructor(ask: () => Promise<unknown>) {
    this.#ask = ask;
  }

  /** Whether the next call would only wait. */
  get lasts(): boolean {
    if (this.#lasts && !this.#asking) this.#probe();
    return this.#lasts;
  }

  /** Takes note of how a call failed. */
  heard(error: unknown): void {
    if (namesOf(error).some((name) => TIMED_OUT.includes(name))) this.#lasts = true;
  }

  #probe(): void {
    this.#asking = true;
    this.#ask()
      .then(() => {
        this.#lasts = false;
      })
      .catch(() => undefined)
      .finally(() => {
        this.#asking = false;
      });
  }
}

function namesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  return [error.name, ...('code' in error ? [String(error.code)] : []), ...namesOf(error.cause)];
}
