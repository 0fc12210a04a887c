/** Time. Injected, so that a simulation can run the same code in virtual time. */
export interface Clock {
  /** Milliseconds since 1970. May jump; never used to order events. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
