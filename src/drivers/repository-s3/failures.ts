import { PortError, type PortFailure } from '../../core/errors.ts';

/** What an S3 call failed with, as far as the SDK says. */
interface S3Failure {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
  readonly codes: readonly string[];
}

/** The request never left: these are said before anything was sent. */
const NOT_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];
/** Names under which the SDK says that it has no usable credentials. */
const NO_CREDENTIALS = /Credential|TokenProvider|SSO/i;
const WRONG_BYTES =
  /BadDigest|InvalidDigest|XAmzContentSHA256Mismatch|XAmzContentChecksumMismatch|Checksum mismatch/i;

export function statusOf(error: unknown): number | undefined {
  return describe(error).status;
}

export function isMissingKey(error: unknown): boolean {
  const { name, status } = describe(error);
  // A bucket that is not there must not look like one without the object.
  return status === 404 && name !== 'NoSuchBucket';
}

/** `writes`: a lost answer leaves open whether it was done. Nothing of the request is repeated: it may hold secrets. */
export function translate(subject: string, error: unknown, { writes }: { writes: boolean }): PortError {
  if (error instanceof PortError) return error;
  const said = describe(error);
  const status = said.status === undefined ? '' : ` (${said.status})`;
  const message = `${said.name}${status}: ${said.message}`;
  return new PortError(failureOf(said, writes), { subject, message, cause: error });
}

function failureOf({ name, message, status, codes }: S3Failure, writes: boolean): PortFailure {
  if (WRONG_BYTES.test(`${name} ${message}`)) return 'corrupt';
  if (status === 404) return 'notFound';
  if (status === 409 || status === 429 || name === 'SlowDown') return 'unavailable';
  if (status !== undefined && status >= 300 && status < 500) return 'denied';
  if (status === undefined && NO_CREDENTIALS.test(name)) return 'denied';
  if (codes.some((code) => NOT_SENT.includes(code))) return 'unavailable';
  return writes ? 'outcomeUnknown' : 'unavailable';
}

function describe(error: unknown): S3Failure {
  if (!(error instanceof Error))
    return { name: 'Error', message: String(error), status: undefined, codes: [] };
  const metadata = '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }) : undefined;
  return {
    name: error.name,
    message: error.message,
    status: metadata?.httpStatusCode,
    codes: codesOf(error),
  };
}

function codesOf(error: Error): string[] {
  const own = 'code' in error ? [String(error.code)] : [];
  const inner = error instanceof AggregateError ? error.errors : [];
  return [...own, ...inner.filter((one) => one instanceof Error).flatMap(codesOf)];
}
