import { z } from 'zod';
import { DrError, PortError } from '../../core/errors.ts';
import { BadRequest, STATUS } from '../../serving/failures.ts';

export interface FailureReply {
  readonly status: number;
  readonly body: { readonly error: { readonly code: string; readonly message: string } };
}

/** How a failure crosses the wire. What is not ours to explain is not told: it may hold anything. */
export function failureReply(error: unknown): FailureReply {
  if (error instanceof PortError) return reply(STATUS[error.failure], error.failure, error.message);
  if (error instanceof DrError) return reply(409, error.code, error.message);
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500 && error instanceof Error) {
    const code = 'code' in error ? String(error.code) : 'BAD_REQUEST';
    return reply(status, code, error.message);
  }
  return reply(
    500,
    'E_UNEXPECTED',
    'The LogServer failed. Read back before trying again; its log may say why.',
  );
}

function reply(status: number, code: string, message: string): FailureReply {
  return { status, body: { error: { code, message } } };
}

/** A value of a request, or a 400 that says what is wrong with it. */
export function parse<T>(schema: z.ZodType<T>, what: string, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new BadRequest(`The ${what} is not usable: ${z.prettifyError(parsed.error)}`);
}
