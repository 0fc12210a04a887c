import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { toJson } from '../../codec/common.ts';
import { encodeInventoryItem, encodeInventoryLoglet, INVENTORY_TYPE } from '../../codec/inventoryStream.ts';
import { inventoryQuerySchema, quarantineQuerySchema } from '../../codec/logserver.ts';
import type { LogServerNode } from '../node.ts';
import { parse } from './failures.ts';

const CHUNK_BYTES = 64 * 1024;

/** Answers of any length: one JSON value on each line, sent as fast as they are read, never held whole. */
export function addStreamRoutes(server: FastifyInstance, node: LogServerNode): void {
  const options = { config: { role: 'read' } };
  server.get('/v1/inventory', options, async (request, reply) => {
    const query = parse(inventoryQuerySchema, 'query', request.query);
    if (request.headers.accept !== INVENTORY_TYPE) return sendLines(reply, node.inventory(query));
    const records = chunked(node.storedInventory(query), (one) =>
      'item' in one ? encodeInventoryItem(one) : encodeInventoryLoglet(one),
    );
    return reply.type(INVENTORY_TYPE).send(Readable.from(records, { objectMode: false }));
  });
  server.get('/v1/quarantine', options, async (request, reply) => {
    const query = parse(quarantineQuerySchema, 'query', request.query);
    return sendLines(reply, node.quarantine(query));
  });
}

function sendLines(reply: FastifyReply, values: AsyncIterable<object>): FastifyReply {
  const lines = chunked(values, (value) => Buffer.from(`${toJson(value)}\n`));
  return reply.type('application/x-ndjson').send(Readable.from(lines, { objectMode: false }));
}

async function* chunked<T extends object>(
  values: AsyncIterable<T>,
  encode: (value: T) => Buffer,
): AsyncIterable<Buffer> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for await (const value of values) {
    const part = encode(value);
    parts.push(part);
    bytes += part.length;
    // A sign of life is none while it waits for company.
    if (bytes < CHUNK_BYTES && !isSignOfLife(value)) continue;
    yield Buffer.concat(parts);
    [parts, bytes] = [[], 0];
    // Everything it reads is at hand, so it would never let another request in by itself.
    await setImmediate();
  }
  if (bytes > 0) yield Buffer.concat(parts);
}

function isSignOfLife(value: object): boolean {
  return 'item' in value && value.item === 'checking';
}
