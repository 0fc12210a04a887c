import type { AddressInfo } from 'node:net';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import { DrError } from '../core/errors.ts';
import type { Clock } from '../ports/Clock.ts';
import type { MetaStore } from '../ports/MetaStore.ts';
import { isLoopback } from '../serving/exposure.ts';
import { parseTokens, type Role } from '../serving/tokens.ts';
import { failureReply } from './failures.ts';
import { addRoutes } from './routes.ts';

export interface MetaStoreServerOptions {
  /** What is served. It is the caller's: `stop` does not close it. */
  readonly store: MetaStore;
  readonly clock: Clock;
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** PEM texts. Needed, with tokens, for every address but loopback. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Text of a token file: lines of `<role> <token>`. */
  readonly tokens?: string;
}

export interface MetaStoreServer {
  readonly url: string;
  /** Answers what has begun, ends watches, and resolves when nothing is open any more. */
  stop(): Promise<void>;
}

/** Room for a chain of some 250,000 segments. */
const BODY_BYTES = 256 * 1024 * 1024;

/** Serves a MetaStore over HTTP. Throws `E_NEEDS_TLS` rather than listen in the open without credentials. */
export async function startMetaStoreServer(options: MetaStoreServerOptions): Promise<MetaStoreServer> {
  mustBeSafe(options);
  const stopping = new AbortController();
  const server = newServer(options);
  addAuthorization(server, options.tokens);
  server.setErrorHandler((error, _, reply) => {
    const { status, body } = failureReply(error);
    return reply.code(status).send(body);
  });
  addRoutes(server, { store: options.store, clock: options.clock, stopping: stopping.signal });
  await server.listen({ host: options.host, port: options.port });
  const { port } = server.server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    async stop() {
      stopping.abort();
      await server.close();
    },
  };
}

function newServer({ tls }: MetaStoreServerOptions): FastifyInstance {
  const common = {
    bodyLimit: BODY_BYTES,
    requestTimeout: 60_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 256 },
    // Of an address that cannot be decoded: it comes to no route and to no other handler.
    frameworkErrors: (error: Error, _: unknown, reply: FastifyReply) => {
      const { status, body } = failureReply(error);
      reply.code(status).send(body);
    },
  } as const;
  return tls === undefined
    ? fastify(common)
    : (fastify({ ...common, https: tls }) as unknown as FastifyInstance);
}

function addAuthorization(server: FastifyInstance, text: string | undefined): void {
  if (text === undefined) return;
  const tokens = parseTokens(text);
  server.addHook('onRequest', async (request, reply) => {
    const { role = 'read' } = request.routeOptions.config as { role?: Role };
    const verdict = tokens.check(request.headers.authorization, role);
    if (verdict === 'granted') return;
    const message = verdict === 'weak' ? `This needs a token of the role ${role}.` : 'A token is needed.';
    await reply.code(verdict === 'weak' ? 403 : 401).send({ error: { failure: 'denied', message } });
  });
}

function mustBeSafe({ host, tls, tokens }: MetaStoreServerOptions): void {
  if (isLoopback(host) || (tls !== undefined && tokens !== undefined)) return;
  throw new DrError('E_NEEDS_TLS', {
    message: `The MetaStore was not served on ${host}: whoever reaches it there could rewrite every chain.`,
  });
}
