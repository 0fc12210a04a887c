import { status } from '@grpc/grpc-js';
import { PortError, type PortFailure } from '../../core/errors.ts';

/** What grpc-js rejects with. */
export interface GrpcFailure extends Error {
  readonly code: number;
  readonly details: string;
}

export function isGrpcFailure(error: unknown): error is GrpcFailure {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

/** Said by the client before anything was sent. */
const NOT_SENT =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|No connection established|before (headers|connection)/i;

const MEANING: Readonly<Record<number, PortFailure>> = {
  [status.NOT_FOUND]: 'notFound',
  [status.UNIMPLEMENTED]: 'notFound',
  [status.FAILED_PRECONDITION]: 'conflict',
  [status.ALREADY_EXISTS]: 'conflict',
  [status.ABORTED]: 'conflict',
  [status.PERMISSION_DENIED]: 'denied',
  [status.UNAUTHENTICATED]: 'denied',
  [status.INVALID_ARGUMENT]: 'denied',
  [status.DATA_LOSS]: 'corrupt',
};

/** The driver's edge. `changes`: without an answer it stays open whether it was done. */
export function translate(
  call: { readonly subject: string; readonly changes: boolean },
  error: unknown,
): Error {
  if (!isGrpcFailure(error)) return error instanceof Error ? error : new Error(String(error));
  const { code, details } = error;
  const subject = `restate ${call.subject}`;
  const known = MEANING[code];
  if (known !== undefined) return new PortError(known, { subject, message: details, cause: error });
  const wasSent = code !== status.UNAVAILABLE || !NOT_SENT.test(details);
  return new PortError(call.changes && wasSent ? 'outcomeUnknown' : 'unavailable', {
    subject,
    message: details,
    cause: error,
  });
}
