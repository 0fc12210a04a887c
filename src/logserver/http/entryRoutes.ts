import type { FastifyInstance } from 'fastify';
import {
  generationQuerySchema,
  logletParamsSchema,
  type Role,
  readQuerySchema,
} from '../../codec/logserver.ts';
import {
  decodeFrame,
  encodeFrame,
  FRAME_BYTES_LIMIT,
  FRAME_TYPE,
  type Frame,
} from '../../codec/logserverFrame.ts';
import { isPortError } from '../../core/errors.ts';
import { BadRequest } from '../../serving/failures.ts';
import type { LogServerNode } from '../node.ts';
import { parse } from './failures.ts';
import { sendAnswer, sendJson } from './replies.ts';

/** The calls that carry entries, framed. */
export function addEntryRoutes(server: FastifyInstance, node: LogServerNode): void {
  server.addContentTypeParser(
    FRAME_TYPE,
    { parseAs: 'buffer', bodyLimit: FRAME_BYTES_LIMIT },
    (_, body, done) => done(null, body),
  );
  const options = (role: Role) => ({ config: { role }, bodyLimit: FRAME_BYTES_LIMIT });
  // Sent by sequencers, which run inside servers: a client that could call it could forge acknowledged entries.
  server.post('/v1/loglets/:logletId/store', options('operate'), async (request, reply) => {
    const { logletId } = parse(logletParamsSchema, 'path', request.params);
    const { mark, entries } = frameOf(request.body);
    return sendAnswer(reply, await node.store({ logletId, entries, knownCommitted: mark }));
  });
  server.post('/v1/loglets/:logletId/repair', options('operate'), async (request, reply) => {
    const { logletId } = parse(logletParamsSchema, 'path', request.params);
    const { generation: number, recoveryId } = parse(generationQuerySchema, 'query', request.query);
    const { entries } = frameOf(request.body);
    return sendAnswer(reply, await node.repair({ number, recoveryId }, logletId, entries));
  });
  server.post('/v1/loglets/:logletId/append', options('append'), async (request, reply) => {
    const { logletId } = parse(logletParamsSchema, 'path', request.params);
    const { entries } = frameOf(request.body);
    if (entries.length === 0) throw new BadRequest('The body is not usable: it holds no entry.');
    const payloads = entries.map(({ payload }) => payload);
    return sendJson(reply, await node.append(logletId, payloads));
  });
}

/** The calls that only read. */
export function addReadRoutes(server: FastifyInstance, node: LogServerNode): void {
  const options = { config: { role: 'read' } };
  server.get('/v1/loglets/:logletId/entries', options, async (request, reply) => {
    const { logletId } = parse(logletParamsSchema, 'path', request.params);
    const { uncommitted, ...range } = parse(readQuerySchema, 'query', request.query);
    const answer = await node.read({ logletId, ...range, uncommitted: uncommitted === 'true' });
    if (!answer.ok) return sendAnswer(reply, answer);
    const { entries, knownCommitted } = answer.value;
    return reply.type(FRAME_TYPE).send(encodeFrame({ mark: knownCommitted, entries }));
  });
  server.get('/v1/loglets/:logletId/acknowledged-tail', options, async (request, reply) => {
    const { logletId } = parse(logletParamsSchema, 'path', request.params);
    return sendAnswer(reply, await node.acknowledgedTail(logletId));
  });
  server.get('/v1/status', options, async (_, reply) => sendJson(reply, await node.status()));
}

/** A frame that was damaged on the way is the sender's to send again: 400, and nothing was done. */
function frameOf(body: unknown): Frame {
  if (!Buffer.isBuffer(body)) throw new BadRequest(`The body is not of the type ${FRAME_TYPE}.`);
  try {
    return decodeFrame(body);
  } catch (error) {
    if (isPortError(error, 'corrupt')) throw new BadRequest(error.message);
    throw error;
  }
}
