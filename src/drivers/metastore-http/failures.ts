import { decodeJson, failureReplySchema } from '../../codec/metastore.ts';
import { DrError, PortError, type PortFailure } from '../../core/errors.ts';
import { NOT_SENT } from '../wrap/notSent.ts';
import { tlsFailure } from '../wrap/tlsFailure.ts';

/** One request, as far as its failure depends on it. */
export interface Call {
  readonly subject: string;
  readonly path: string;
  readonly body?: string;
  /** A lost answer leaves open whether it was done. */
  readonly changes?: boolean;
  readonly signal?: AbortSignal;
}

const FAILURES: readonly PortFailure[] = [
  'notFound',
  'conflict',
  'unavailable',
  'denied',
  'corrupt',
  'outcomeUnknown',
];

/** What the server said instead of an answer. */
export function refused(call: Call, status: number, text: string): PortError | DrError {
  const decoded = decodeJson(failureReplySchema, text);
  const subject = call.subject;
  if (!decoded.ok) {
    const message = `answered ${status} without an explanation: that is no MetaStore server`;
    if (status === 401 || status === 403) return new PortError('denied', { subject, message });
    return new PortError(call.changes === true ? 'outcomeUnknown' : 'unavailable', { subject, message });
  }
  const { failure, message, code } = decoded.value.error;
  if (code === 'E_WRONG_CLUSTER') return new DrError(code, { message });
  const known = FAILURES.find((one) => one === failure);
  if (known !== undefined && status !== 500) return new PortError(known, { subject, message });
  // It broke while it worked: what it had done by then is not known.
  if (known === 'corrupt') return new PortError(known, { subject, message });
  return new PortError(call.changes === true ? 'outcomeUnknown' : 'unavailable', { subject, message });
}

/** Damage that a MetaStore finds it says itself: what cannot be read comes from something else at its address. */
export function broken({ subject, changes }: Call, problem: string): PortError {
  const said = problem.replace(/\.$/, '');
  const message = `the answer cannot be read (${said}): that is no MetaStore server, or one of another version`;
  if (changes === true) return new PortError('outcomeUnknown', { subject, message });
  return new PortError('unavailable', { subject, message, isTransient: false });
}

/** What a failed request means for the caller. */
export function failureOf(call: Call, error: unknown): unknown {
  if (error instanceof PortError || error instanceof DrError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const tls = tlsFailure(codesOf(error));
  if (tls !== undefined)
    return new PortError('denied', { subject: call.subject, message: `${message} (${tls})`, cause: error });
  const wasSent = !codesOf(error).some((code) => NOT_SENT.includes(code));
  const failure = wasSent && call.changes === true ? 'outcomeUnknown' : 'unavailable';
  return new PortError(failure, { subject: call.subject, message, cause: error });
}

/** A connection tried at several addresses fails with one error for each. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = 'code' in error ? [String(error.code)] : [];
  const inner = error instanceof AggregateError ? error.errors : [];
  return [...own, ...[...inner, error.cause].flatMap(codesOf)];
}
