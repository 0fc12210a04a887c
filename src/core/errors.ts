import { ERROR_CATALOGUE, type ErrorCode } from './errorCatalogue.ts';

/**
 * We cannot go on: said to the user, with what happened, what is now true of the data, and what to do next.
 * (An ill cluster is a finding, not an error; our own bug is an assertion.)
 */
export class DrError extends Error {
  readonly code: ErrorCode;
  readonly title: string;
  /** What to do next. */
  readonly hint: string;
  /** Values for machines; never secrets. */
  readonly context: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    said: { message: string; hint?: string; context?: Record<string, unknown>; cause?: unknown },
  ) {
    super(said.message, said.cause === undefined ? undefined : { cause: said.cause });
    this.name = 'DrError';
    this.code = code;
    this.title = ERROR_CATALOGUE[code].title;
    this.hint = said.hint ?? ERROR_CATALOGUE[code].hint;
    this.context = said.context ?? {};
  }
}

/**
 * The few ways in which a port fails. Drivers translate once, at their edge.
 * `unavailable`: it was certainly not done. `outcomeUnknown`: it may or may not have been done: read back, then decide.
 */
export type PortFailure = 'notFound' | 'conflict' | 'unavailable' | 'denied' | 'corrupt' | 'outcomeUnknown';

export class PortError extends Error {
  readonly failure: PortFailure;
  /** What was asked: `s3 seal`, `etcd compareAndSet`. */
  readonly subject: string;
  /** Whether the same call may succeed a moment later. */
  readonly isTransient: boolean;

  constructor(
    failure: PortFailure,
    said: { subject: string; message: string; isTransient?: boolean; cause?: unknown },
  ) {
    super(`${said.subject}: ${said.message}`, said.cause === undefined ? undefined : { cause: said.cause });
    this.name = 'PortError';
    this.failure = failure;
    this.subject = said.subject;
    this.isTransient = said.isTransient ?? (failure === 'unavailable' || failure === 'outcomeUnknown');
  }
}

export function isPortError(error: unknown, ...failures: PortFailure[]): error is PortError {
  return error instanceof PortError && (failures.length === 0 || failures.includes(error.failure));
}
