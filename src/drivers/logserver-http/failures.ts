import { errorBodySchema } from '../../codec/logserver.ts';
import { PortError } from '../../core/errors.ts';
import { NOT_SENT } from '../wrap/notSent.ts';
import { tlsFailure } from '../wrap/tlsFailure.ts';

/** One request, as far as its failure depends on it. */
export interface Call {
  /** `s3 seal`: who was asked what. */
  readonly subject: string;
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly contentType?: string;
  /** The form of the answer that is wanted, where there are several. */
  readonly accept?: string;
  /** A lost answer leaves open whether it was done. */
  readonly changes?: boolean;
  /** Instead of the server's usual one. */
  readonly timeoutMs?: number;
}

/** What a failed request means for the caller. Only a connection that was never made is certainly nothing. */
export function failureOf(call: Call, error: unknown): PortError {
  if (error instanceof PortError) return error;
  const message = error instanceof Error ? error.message || error.name : String(error);
  const tls = tlsFailure(codesOf(error));
  if (tls !== undefined)
    return new PortError('denied', { subject: call.subject, message: `${message} (${tls})`, cause: error });
  const wasSent = !codesOf(error).some((code) => NOT_SENT.includes(code));
  const failure = wasSent && call.changes === true ? 'outcomeUnknown' : 'unavailable';
  return new PortError(failure, { subject: call.subject, message, cause: error });
}

/** It was not even sent: the server let a whole time-out pass a moment ago. */
export function unsent({ subject }: Call): PortError {
  return new PortError('unavailable', {
    subject,
    message: 'the server has not answered for a whole time-out',
  });
}

/** What the server said instead of an answer. */
export function refused(call: Call, status: number, text: string): PortError {
  const said = explanation(text);
  const { subject } = call;
  const message = said?.message ?? `answered ${status} without an explanation: that is no LogServer`;
  if (status === 401 || status === 403) return new PortError('denied', { subject, message });
  if (said?.code === 'corrupt') return new PortError('corrupt', { subject, message });
  // 503: it answered before it began. Every other failure may have come after.
  const nothingDone = status === 503 || (status >= 400 && status < 500);
  if (nothingDone || call.changes !== true)
    return new PortError('unavailable', { subject, message, isTransient: status >= 500 });
  return new PortError('outcomeUnknown', { subject, message });
}

/** The answer came and cannot be read: of a change it is not known what became. */
export function broken(call: Call, problem: string): PortError {
  const failure = call.changes === true ? 'outcomeUnknown' : 'corrupt';
  return new PortError(failure, { subject: call.subject, message: `the answer cannot be read: ${problem}` });
}

function explanation(text: string): { code: string; message: string } | undefined {
  try {
    return errorBodySchema.parse(JSON.parse(text)).error;
  } catch {
    return undefined;
  }
}

/** A connection tried at several addresses fails with one error for each. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = 'code' in error ? [String(error.code)] : [];
  const inner = error instanceof AggregateError ? error.errors : [];
  return [...own, ...[...inner, error.cause].flatMap(codesOf)];
}
