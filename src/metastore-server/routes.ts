import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { chainIdentitySchema } from '../codec/chain.ts';
import { logIdSchema, toJson } from '../codec/common.ts';
import { compareAndSetRequestSchema } from '../codec/metastore.ts';
import { firstProblem } from '../codec/problem.ts';
import { type Chain, chainProblems } from '../core/chain.ts';
import type { LogId } from '../core/ids.ts';
import type { Clock } from '../ports/Clock.ts';
import type { MetaStore } from '../ports/MetaStore.ts';
import { BadRequest } from '../serving/failures.ts';
import { chainLines } from './stream.ts';

export interface RouteParts {
  readonly store: MetaStore;
  readonly clock: Clock;
  /** Aborted when the server stops: streams end with it. */
  readonly stopping: AbortSignal;
}

/** One route for each call of the port. */
export function addRoutes(server: FastifyInstance, parts: RouteParts): void {
  const { store } = parts;
  const changes = { config: { role: 'operate' } };
  server.get('/v1/health', async (_, reply) => json(reply, await store.health()));
  server.get('/v1/logs', async (_, reply) => json(reply, { logs: await store.list() }));
  server.get('/v1/logs/:logId', async (request, reply) =>
    json(reply, { chain: (await store.get(logIdOf(request))) ?? null }),
  );
  server.post('/v1/logs/:logId/compare-and-set', changes, async (request, reply) => {
    const logId = logIdOf(request);
    const { expected, chain } = parsed(compareAndSetRequestSchema, request.body);
    mustBeWellFormed(logId, chain);
    const outcome = await store.compareAndSet(logId, expected ?? undefined, chain);
    return json(
      reply,
      outcome.outcome === 'conflict' ? { ...outcome, current: outcome.current ?? null } : outcome,
    );
  });
  server.post('/v1/logs/:logId/prove-writable', changes, async (request, reply) => {
    await store.proveWritable(logIdOf(request));
    return json(reply, {});
  });
  server.get('/v1/logs/:logId/history', async (request, reply) =>
    stream(reply, { parts, chains: () => store.history(logIdOf(request)) }),
  );
  server.get('/v1/logs/:logId/watch', async (request, reply) => {
    const logId = logIdOf(request);
    const after = afterOf(request);
    return stream(reply, { parts, chains: (signal) => store.watch(logId, after, signal) });
  });
}

function stream(
  reply: FastifyReply,
  { parts, chains }: { parts: RouteParts; chains: (signal: AbortSignal) => AsyncIterable<Chain> },
): FastifyReply {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, parts.stopping]);
  const lines = chainLines(chains(signal), { clock: parts.clock, signal });
  return reply.type('application/x-ndjson').send(Readable.from(lines));
}

function json(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.type('application/json').send(toJson(value));
}

function logIdOf(request: FastifyRequest): LogId {
  return parsed(z.object({ logId: logIdSchema }), request.params).logId;
}

/** `?after=<identity as JSON>`; none watches from the oldest value. */
function afterOf(request: FastifyRequest) {
  const { after } = parsed(z.object({ after: z.string().max(4_096).optional() }), request.query);
  if (after === undefined) return undefined;
  try {
    return parsed(chainIdentitySchema, JSON.parse(after));
  } catch {
    throw new BadRequest('`after` is not the identity of a chain.');
  }
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new BadRequest(firstProblem(result.error, 'The request'));
}

function mustBeWellFormed(logId: LogId, chain: Chain): void {
  const problems = chainProblems(chain);
  if (chain.logId !== logId) problems.unshift(`It is the chain of log ${chain.logId}.`);
  if (problems.length > 0) throw new BadRequest(`chain: ${problems.join(' ')}`);
}
