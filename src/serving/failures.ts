import type { PortFailure } from '../core/errors.ts';

/** A request that cannot be understood. It changed nothing. */
export class BadRequest extends Error {
  readonly statusCode = 400;
}

/** How a port's failure crosses the wire. */
export const STATUS: Readonly<Record<PortFailure, number>> = {
  denied: 403,
  notFound: 404,
  conflict: 409,
  corrupt: 500,
  unavailable: 503,
  outcomeUnknown: 504,
};
