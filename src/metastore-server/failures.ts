import { DrError, PortError } from '../core/errors.ts';
import { STATUS } from '../serving/failures.ts';

export interface FailureReply {
  readonly status: number;
  readonly body: {
    readonly error: { readonly failure: string; readonly message: string; readonly code?: string };
  };
}

/** How a failure crosses the wire. What is not ours to explain is not told: it may hold anything. */
export function failureReply(error: unknown): FailureReply {
  if (error instanceof PortError)
    return reply(STATUS[error.failure], { failure: error.failure, message: error.message });
  if (error instanceof DrError)
    return reply(409, { failure: 'conflict', message: error.message, code: error.code });
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500 && error instanceof Error)
    return reply(status, { failure: 'denied', message: error.message });
  return reply(500, { failure: 'unavailable', message: 'The MetaStore server failed. Its log says why.' });
}

function reply(status: number, error: FailureReply['body']['error']): FailureReply {
  return { status, body: { error } };
}
