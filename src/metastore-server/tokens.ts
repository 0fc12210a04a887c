import { createHash, timingSafeEqual } from 'node:crypto';
import { DrError } from '../core/errors.ts';

/** What a token's bearer may do. An `append` client reads registers; only `operate` changes them. */
const ROLES = ['read', 'append', 'operate'] as const;
export type Role = (typeof ROLES)[number];

export interface Tokens {
  /** `unknown`: no such token. `weak`: a token of a lesser role. */
  check(authorization: string | undefined, needed: Role): 'granted' | 'unknown' | 'weak';
}

/** Lines of `<role> <token>`; empty ones and those that begin with `#` do not count. */
export function parseTokens(text: string): Tokens {
  const known = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line, index) => parseLine(line, index));
  if (known.length === 0) throw badTokens('It holds no token.');
  return {
    check(authorization, needed) {
      const given = digest(/^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? '');
      // Every token is compared, in constant time: how long it takes says nothing about how much was right.
      const held = known.filter((token) => timingSafeEqual(token.digest, given));
      if (held.length === 0) return 'unknown';
      return held.some(({ role }) => ROLES.indexOf(role) >= ROLES.indexOf(needed)) ? 'granted' : 'weak';
    },
  };
}

function parseLine(line: string, index: number): { role: Role; digest: Buffer } {
  const [role, token, ...rest] = line.split(/\s+/);
  const known = ROLES.find((one) => one === role);
  if (known === undefined || token === undefined || token.length < 16 || rest.length > 0)
    throw badTokens(
      `Token ${index + 1} is not "<role> <token>", with a role of ${ROLES.join(', ')} and at least 16 characters.`,
    );
  return { role: known, digest: digest(token) };
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function badTokens(what: string): DrError {
  return new DrError('E_CONFIG', { message: `The token file cannot be used. ${what}` });
}
