import { createHash, timingSafeEqual } from 'node:crypto';
import { DrError } from '../core/errors.ts';

/** What a token's bearer may do. Ascending: each may do what the ones before it may. */
const ROLES = ['read', 'append', 'operate'] as const;
export type Role = (typeof ROLES)[number];
const SHORTEST_TOKEN = 16;

export interface Tokens {
  /** `unknown`: no such token. `weak`: a token of a lesser role. */
  check(authorization: string | undefined, needed: Role): 'granted' | 'unknown' | 'weak';
}

/** Lines of `<role> <token>`; empty ones and those that begin with `#` do not count. */
export function parseTokens(text: string): Tokens {
  const lines = text.split('\n').map((line, at) => ({ text: line.trim(), number: at + 1 }));
  const known = lines.filter((line) => line.text !== '' && !line.text.startsWith('#')).map(parseLine);
  if (known.length === 0) throw unusable('It holds no token.');
  return {
    check(authorization, needed) {
      const given = digest(/^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? '');
      // All are compared, each in constant time: how long it takes says nothing about how much was right.
      const held = known.filter((token) => timingSafeEqual(token.digest, given));
      if (held.length === 0) return 'unknown';
      const enough = held.some(({ role }) => ROLES.indexOf(role) >= ROLES.indexOf(needed));
      return enough ? 'granted' : 'weak';
    },
  };
}

function parseLine(line: { readonly text: string; readonly number: number }): { role: Role; digest: Buffer } {
  const [name, token, ...rest] = line.text.split(/\s+/);
  const role = ROLES.find((one) => one === name);
  if (role === undefined || token === undefined || token.length < SHORTEST_TOKEN || rest.length > 0)
    throw unusable(
      `Line ${line.number} is not "<role> <token>": a role is one of ${ROLES.join(', ')}, a token has at least ${SHORTEST_TOKEN} characters.`,
    );
  return { role, digest: digest(token) };
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function unusable(what: string): DrError {
  return new DrError('E_CONFIG', { message: `The token file cannot be used; nothing was started. ${what}` });
}
