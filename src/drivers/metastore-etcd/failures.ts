import { X509Certificate } from 'node:crypto';
import { DrError, PortError, type PortFailure } from '../../core/errors.ts';
import { NOT_SENT } from '../wrap/notSent.ts';
import { tlsFailure } from '../wrap/tlsFailure.ts';

/**
 * How one request to one member failed. `notDone`: etcd certainly did nothing, it was not asked or it refused.
 * `lost`: it may have done it, or may do it yet.
 */
export class EtcdError extends Error {
  readonly effect: 'notDone' | 'lost';
  readonly reason: Reason;

  constructor(effect: 'notDone' | 'lost', reason: Reason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.effect = effect;
    this.reason = reason;
  }
}

export type Reason =
  | 'unreachable'
  | 'noLeader'
  | 'denied'
  | 'tokenExpired'
  | 'compacted'
  | 'tooLarge'
  | 'full'
  | 'noGateway';

/** What etcd says, whatever status its version gives it. */
const SAID: readonly (readonly [RegExp, Reason])[] = [
  [/invalid auth token|revision in header is old/, 'tokenExpired'],
  [/permission denied|user name|invalid user|authentication|role name/, 'denied'],
  [/has been compacted/, 'compacted'],
  [/request is too large|larger than max/, 'tooLarge'],
  [/database space exceeded/, 'full'],
  [/too many requests|future revision/, 'unreachable'],
];

/** A member that answers, while nobody leads: it may have passed a change on to one who did. */
const WITHOUT_LEADER = /no leader|leader changed|leader failure/;

const MEANING: Partial<Record<Reason, string>> = {
  full: 'the database is full, and takes no writes until it is compacted, defragmented, and its NOSPACE alarm is disarmed',
  noGateway: 'no etcd of version 3.4 or later answers here, or its JSON gateway is switched off',
};

/** An answer that is not a success. Only a refusal that etcd is known for says that nothing was done. */
export function refusal(status: number, message: string): EtcdError {
  const known = SAID.find(([pattern]) => pattern.test(message))?.[1];
  if (known !== undefined) return new EtcdError('notDone', known, withMeaning(known, message));
  if (WITHOUT_LEADER.test(message)) return new EtcdError('lost', 'noLeader', message);
  if (status === 401 || status === 403) return new EtcdError('notDone', 'denied', message);
  if (status === 404) return new EtcdError('notDone', 'noGateway', withMeaning('noGateway', message));
  return new EtcdError(status < 500 ? 'notDone' : 'lost', 'unreachable', message);
}

function withMeaning(reason: Reason, message: string): string {
  const meaning = MEANING[reason];
  return meaning === undefined ? message : `${message}: ${meaning}`;
}

/** A request that ended without an answer. `certificate`: ours, PEM. */
export function noAnswer(endpoint: string, error: unknown, certificate?: string): EtcdError {
  const codes = codesOf(error);
  const said = error instanceof Error ? error.message || codes.join(', ') : String(error);
  const message = `${endpoint}: ${said}`;
  const tls = tlsFailure(codes);
  if (tls !== undefined) return new EtcdError('notDone', 'denied', `${message} (${tls})`, error);
  if (codes.some((code) => NOT_SENT.includes(code)))
    return new EtcdError('notDone', 'unreachable', message, error);
  const expiry = certificate === undefined ? undefined : expiredAt(certificate);
  // Nobody says why: a server that does not take our certificate hangs up.
  if (expiry !== undefined && codes.includes('UND_ERR_SOCKET')) {
    const why = `our certificate expired on ${expiry}, by this machine's clock: renew it, or set the clock`;
    return new EtcdError('lost', 'denied', `${message} (${why})`, error);
  }
  const hint =
    endpoint.startsWith('https:') && codes.includes('UND_ERR_SOCKET')
      ? ' (so does a server that wants another client certificate)'
      : '';
  return new EtcdError('lost', 'unreachable', `${message}${hint}`, error);
}

function expiredAt(certificate: string): string | undefined {
  const { validTo } = new X509Certificate(certificate);
  return Date.parse(validTo) < Date.now() ? validTo : undefined;
}

/** A connection tried at several addresses fails with one error for each. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = 'code' in error ? [String(error.code)] : [];
  const inner = error instanceof AggregateError ? error.errors : [];
  return [...own, ...[...inner, error.cause].flatMap(codesOf)];
}

/** The driver's edge. `changes`: what was lost may have changed a register, and reading back did not tell. */
export function translate(subject: string, error: unknown, changes = false): unknown {
  if (error instanceof PortError || error instanceof DrError || !(error instanceof EtcdError)) return error;
  const isLasting = error.reason === 'full' || error.reason === 'noGateway';
  return new PortError(failureOf(error, changes), {
    subject: `etcd ${subject}`,
    message: error.message,
    cause: error,
    ...(isLasting && { isTransient: false }),
  });
}

function failureOf({ effect, reason }: EtcdError, changes: boolean): PortFailure {
  if (changes && effect === 'lost') return 'outcomeUnknown';
  return reason === 'denied' || reason === 'tokenExpired' || reason === 'tooLarge' ? 'denied' : 'unavailable';
}

export async function translated<T>(subject: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translate(subject, error);
  }
}
