import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { toJson } from '../../codec/common.ts';
import { inventoryQuerySchema } from '../../codec/logserver.ts';
import type { LogServerNode } from '../node.ts';
import { parse } from './failures.ts';

const CHUNK_CHARS = 64 * 1024;

/** Answers of any length: one JSON value on each line, sent as fast as they are read, never held whole. */
export function addStreamRoutes(server: FastifyInstance, node: LogServerNode): void {
  const options = { config: { role: 'read' } };
  server.get('/v1/inventory', options, async (request, reply) => {
    const query = parse(inventoryQuerySchema, 'query', request.query);
    return sendLines(reply, node.inventory(query));
  });
  server.get('/v1/quarantine', options, async (request, reply) => {
    const query = parse(inventoryQuerySchema, 'query', request.query);
    return sendLines(reply, node.quarantine(query));
  });
}

function sendLines(reply: FastifyReply, values: AsyncIterable<unknown>): FastifyReply {
  return reply.type('application/x-ndjson').send(Readable.from(chunks(values), { objectMode: false }));
}

async function* chunks(values: AsyncIterable<unknown>): AsyncIterable<string> {
  let chunk = '';
  for await (const value of values) {
    chunk += `${toJson(value)}\n`;
    if (chunk.length < CHUNK_CHARS) continue;
    yield chunk;
    chunk = '';
    // Everything it reads is at hand, so it would never let another request in by itself.
    await setImmediate();
  }
  if (chunk !== '') yield chunk;
}
