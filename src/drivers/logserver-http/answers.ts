import { z } from 'zod';
import { refusedSchema } from '../../codec/logserver.ts';
import { SameText } from '../../codec/sameText.ts';
import type { Answer } from '../../ports/LogServer.ts';
import { broken, type Call } from './failures.ts';
import type { Reply } from './transport.ts';

export function answerOf<T>(call: Call, schema: z.ZodType<T>, reply: Reply): Answer<T> {
  if (reply.status !== 409) return { ok: true, value: decode(call, schema, reply) };
  return { ok: false, ...decode(call, refusedSchema, reply) };
}

const answers = new SameText<Answer<unknown>>();

/** The same, where the stores of a nodeset answer alike: what one of them said is not decoded again for the next. */
export function answerAlike<T>(call: Call, schema: z.ZodType<T>, reply: Reply): Answer<T> {
  const text = `${call.path} ${reply.status} ${reply.body}`;
  return answers.take(text, () => answerOf(call, schema, reply)) as Answer<T>;
}

export function decode<T>(call: Call, schema: z.ZodType<T>, reply: Reply): T {
  return decodeText(call, schema, reply.body.toString());
}

export function decodeText<T>(call: Call, schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw broken(call, problemOf(error));
  }
}

export function problemOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}
