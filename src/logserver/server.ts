import type { AddressInfo } from 'node:net';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import type { Role } from '../codec/logserver.ts';
import { DrError } from '../core/errors.ts';
import type { ClusterId, Incarnation, ServerId, StoreId } from '../core/ids.ts';
import type { Clock } from '../ports/Clock.ts';
import type { LogServer } from '../ports/LogServer.ts';
import type { Random } from '../ports/Random.ts';
import { isLoopback } from '../serving/exposure.ts';
import { parseTokens } from '../serving/tokens.ts';
import { addEntryRoutes, addReadRoutes } from './http/entryRoutes.ts';
import { failureReply } from './http/failures.ts';
import { addJsonRoutes } from './http/jsonRoutes.ts';
import { Metrics } from './http/metrics.ts';
import { openApiDocument } from './http/openapi.ts';
import { sendJson } from './http/replies.ts';
import { addStreamRoutes } from './http/streamRoutes.ts';
import { type Ownership, openStore } from './lmdb/open.ts';
import { LogServerNode } from './node.ts';

export interface LogServerOptions {
  readonly dataDir: string;
  readonly serverId: ServerId;
  readonly clusterId: ClusterId;
  /** `region/zone/rack`. */
  readonly location: string;
  /** Write a new store where there is none; an existing one is left as it is. */
  readonly format: boolean;
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** How the other servers are reached; asked at every use. */
  readonly connect: (serverId: ServerId) => LogServer | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly owner: Ownership;
  readonly software: string;
  /** Told of every failure that is not the caller's fault; clients are not told the details. */
  readonly report?: (failure: unknown) => void;
  readonly appendTimeoutMs?: number;
  readonly queueBytes?: number;
  /** PEM texts. Needed, with tokens, for every address but loopback. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Text of a token file: lines of `<role> <token>`. */
  readonly tokens?: string;
}

export interface RunningLogServer {
  readonly url: string;
  readonly serverId: ServerId;
  readonly storeId: StoreId;
  readonly incarnation: Incarnation;
  /** Waits for appends that were taken, answers what has begun, releases the store. */
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 10_000;

/** Serves a store over HTTP. Throws `E_NEEDS_TLS`, `E_STORE_FOREIGN`, `E_STORE_LOCKED` or `E_STORE_UNFORMATTED`. */
export async function startLogServer(options: LogServerOptions): Promise<RunningLogServer> {
  mustBeSafe(options);
  const server = newServer(options);
  const store = await openStore(options);
  const metrics = new Metrics();
  const node = new LogServerNode({ ...options, store, observe: metrics.batch });
  try {
    addRoutes(server, node, metrics);
    await server.listen({ host: options.host, port: options.port });
  } catch (cause) {
    await node.stop();
    throw cannotListen(options, cause);
  }
  const { port } = server.server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    serverId: options.serverId,
    storeId: store.server().storeId,
    incarnation: node.incarnation,
    stop: () => stop(server, node, options.clock),
  };
}

function newServer({ tls, tokens, report }: LogServerOptions): FastifyInstance {
  const common = {
    bodyLimit: 1024 * 1024,
    requestTimeout: 60_000,
    keepAliveTimeout: 75_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 256 },
    // Of an address that cannot be decoded: it comes to no route and to no other handler.
    frameworkErrors: (error: Error, _: unknown, reply: FastifyReply) => {
      const { status, body } = failureReply(error);
      reply.code(status).send(body);
    },
  } as const;
  const http = { maxHeaderSize: 16 * 1024, headersTimeout: 30_000 };
  const server =
    tls === undefined
      ? fastify({ ...common, http })
      : (fastify({ ...common, https: { ...tls, ...http } }) as unknown as FastifyInstance);
  server.setErrorHandler((error, _, reply) => {
    const { status, body } = failureReply(error);
    if (status >= 500) report?.(error);
    return reply.code(status).send(body);
  });
  server.setNotFoundHandler((_, reply) =>
    reply.code(404).send({ error: { code: 'NOT_FOUND', message: 'There is no such call.' } }),
  );
  server.removeContentTypeParser('text/plain');
  if (tokens !== undefined) addAuthorization(server, tokens);
  return server;
}

function addAuthorization(server: FastifyInstance, text: string): void {
  const tokens = parseTokens(text);
  server.addHook('onRequest', async (request, reply) => {
    const { role } = request.routeOptions.config as { role?: Role };
    if (role === undefined) return;
    const verdict = tokens.check(request.headers.authorization, role);
    if (verdict === 'granted') return;
    const message = verdict === 'weak' ? `This needs a token of the role ${role}.` : 'A token is needed.';
    await reply.code(verdict === 'weak' ? 403 : 401).send({ error: { code: 'E_DENIED', message } });
  });
}

function addRoutes(server: FastifyInstance, node: LogServerNode, metrics: Metrics): void {
  metrics.addTo(server, node);
  addJsonRoutes(server, node);
  addEntryRoutes(server, node);
  addReadRoutes(server, node);
  addStreamRoutes(server, node);
  server.get('/v1/health', async (_, reply) =>
    node.failure === undefined
      ? sendJson(reply, { health: 'ok' })
      : sendJson(reply.code(503), { health: 'failed' }),
  );
  let document: object | undefined;
  server.get('/openapi.json', async (_, reply) => {
    document ??= openApiDocument();
    return sendJson(reply, document);
  });
}

function cannotListen({ host, port }: LogServerOptions, cause: unknown): unknown {
  if (!(cause instanceof Error) || !('syscall' in cause)) return cause;
  return new DrError('E_CONFIG', {
    message: `The LogServer cannot listen on ${host}:${port}: ${cause.message}. Its store is unchanged.`,
    hint: 'Give another address, or stop what listens there.',
    cause,
  });
}

/** A client that never ends its request must not keep the store locked. */
async function stop(server: FastifyInstance, node: LogServerNode, clock: Clock): Promise<void> {
  await node.sequencers.drain();
  const closed = new AbortController();
  const closing = server.close().then(() => closed.abort());
  await clock.sleep(STOP_TIMEOUT_MS, closed.signal).catch(() => undefined);
  server.server.closeAllConnections();
  await closing;
  await node.stop();
}

function mustBeSafe({ host, tls, tokens }: LogServerOptions): void {
  if (isLoopback(host) || (tls !== undefined && tokens !== undefined)) return;
  throw new DrError('E_NEEDS_TLS', {
    message: `The LogServer did not listen on ${host}: whoever reaches it there could seal and rewrite logs. Its store was not opened.`,
  });
}
