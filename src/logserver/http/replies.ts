import type { FastifyReply } from 'fastify';
import { toJson } from '../../codec/common.ts';
import type { Answer } from '../../ports/LogServer.ts';

/** A refusal is an answer, not an error: 409 with what is true instead. */
export function sendAnswer(reply: FastifyReply, answer: Answer<unknown>): FastifyReply {
  return answer.ok ? sendJson(reply, answer.value) : sendJson(reply.code(409), { refusal: answer.refusal });
}

export function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.type('application/json').send(toJson(value));
}
