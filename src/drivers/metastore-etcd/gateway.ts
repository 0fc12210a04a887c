import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import type { z } from 'zod';
import { decodeJson } from '../../codec/metastore.ts';
import { EtcdError, noAnswer, refusal } from './failures.ts';
import { authenticateReply, authenticateRequest, failureReply } from './wire.ts';

export interface GatewayOptions {
  readonly endpoints: readonly string[];
  readonly requestTimeoutMs: number;
  /** PEM texts. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly user?: { readonly name: string; readonly password: string };
}

/** One kind of request: where it goes, what it must look like, what its answer looks like. */
export interface Call<Request, Reply> {
  readonly path: string;
  readonly request: z.ZodType<Request>;
  readonly reply: z.ZodType<Reply>;
}

interface Sent {
  readonly path: string;
  readonly body: string;
  readonly signal?: AbortSignal;
}

/** No answer is longer than a register with all that the gateway adds, or a page of names. */
const REPLY_BYTES = 256 * 1024 * 1024;
/** Between two rounds of members without a leader. */
const ELECTION_PAUSE_MS = 100;

/** etcd's JSON gateway at several addresses. Throws `EtcdError`; asks another address only where that is harmless. */
export class EtcdGateway {
  readonly #options: GatewayOptions;
  readonly #agent: Agent;
  /** Place of the endpoint that answered last. */
  #preferred = 0;
  #token: Promise<string> | undefined;

  constructor(options: GatewayOptions) {
    this.#options = options;
    const { requestTimeoutMs, tls } = options;
    this.#agent = new Agent({
      // Shorter than the request's own: what was never connected was certainly not sent.
      connect: { timeout: Math.ceil(requestTimeoutMs / 2), ...tls },
      headersTimeout: requestTimeoutMs,
      bodyTimeout: requestTimeoutMs,
      maxResponseSize: REPLY_BYTES,
    });
  }

  /**
   * Harmless to repeat: members are asked until one answers, or a majority was silent. Members that answer without a
   * leader are electing one, and are asked again for as long as one request may take: an election is no disaster.
   */
  async read<Request, Reply>(call: Call<Request, Reply>, request: NoInfer<Request>): Promise<Reply> {
    const deadline = Date.now() + this.#options.requestTimeoutMs;
    for (;;) {
      try {
        return await this.#failOver(
          (endpoint) => this.ask(endpoint, call, request),
          () => true,
        );
      } catch (error) {
        const isElecting = error instanceof EtcdError && error.reason === 'noLeader';
        if (!isElecting || Date.now() >= deadline) throw error;
      }
      await sleep(ELECTION_PAUSE_MS);
    }
  }

  /** Another member is asked only when the one before did certainly nothing. */
  async change<Request, Reply>(call: Call<Request, Reply>, request: NoInfer<Request>): Promise<Reply> {
    return await this.#failOver(
      (endpoint) => this.ask(endpoint, call, request),
      (error) => error.effect === 'notDone',
    );
  }

  /** Lines of an answer without an end, until the signal is aborted or the caller has enough. */
  async *lines<Request, Reply>(
    call: Call<Request, Reply>,
    request: NoInfer<Request>,
    signal: AbortSignal,
  ): AsyncIterable<Reply> {
    const endpoint = this.#endpointAt(this.#preferred);
    const sent = { path: call.path, body: bodyOf(call, request), signal };
    try {
      const { body } = await this.#send(endpoint, sent);
      // Ended by us, in the middle: nobody else is to hear of it.
      body.on('error', () => undefined);
      try {
        for await (const line of linesOf(body)) yield decode(call, line);
        throw new EtcdError('lost', 'unreachable', `${endpoint}: the answer ended`);
      } finally {
        // A cancelled watch leaves its stream open.
        body.destroy();
      }
    } catch (error) {
      this.#preferred += 1;
      throw error instanceof EtcdError ? error : noAnswer(endpoint, error, this.#options.tls?.cert);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #failOver<T>(
    attempt: (endpoint: string) => Promise<T>,
    mayGoOn: (error: EtcdError) => boolean,
  ): Promise<T> {
    const { endpoints } = this.#options;
    let silent = 0;
    const first = this.#preferred;
    let failure: EtcdError | undefined;
    for (let place = first; place < first + endpoints.length; place += 1) {
      try {
        const answer = await attempt(this.#endpointAt(place));
        this.#preferred = place % endpoints.length;
        return answer;
      } catch (error) {
        if (!(error instanceof EtcdError) || isAboutTheRequest(error)) throw error;
        // The next call begins elsewhere, whatever comes of this one.
        this.#preferred = (place + 1) % endpoints.length;
        if (!mayGoOn(error)) throw error;
        // Of several, the one that says more than "unreachable".
        if (failure === undefined || error.reason !== 'unreachable') failure = error;
        // Each costs a time-out; of a majority one answers while etcd works at all.
        silent += error.effect === 'lost' ? 1 : 0;
        if (silent * 2 > endpoints.length) break;
      }
    }
    throw failure ?? new EtcdError('notDone', 'unreachable', 'no endpoint is configured');
  }

  #endpointAt(place: number): string {
    const { endpoints } = this.#options;
    return endpoints[place % endpoints.length] ?? '';
  }

  /** One very member, by its address. */
  async ask<Request, Reply>(
    endpoint: string,
    call: Call<Request, Reply>,
    request: NoInfer<Request>,
  ): Promise<Reply> {
    const sent = { path: call.path, body: bodyOf(call, request) };
    try {
      const { body } = await this.#send(endpoint, sent);
      return decode(call, await body.text());
    } catch (error) {
      throw error instanceof EtcdError ? error : noAnswer(endpoint, error, this.#options.tls?.cert);
    }
  }

  /** A token that etcd has forgotten is renewed once; the request it came with was refused, so it is sent again. */
  async #send(endpoint: string, sent: Sent) {
    const token = await this.#currentToken(endpoint);
    try {
      return await this.#post(endpoint, sent, token);
    } catch (error) {
      if (token === undefined || !(error instanceof EtcdError) || error.reason !== 'tokenExpired')
        throw error;
      this.#token = undefined;
      return await this.#post(endpoint, sent, await this.#currentToken(endpoint));
    }
  }

  async #currentToken(endpoint: string): Promise<string | undefined> {
    const { user } = this.#options;
    if (user === undefined) return undefined;
    this.#token ??= this.#authenticate(endpoint, user);
    try {
      return await this.#token;
    } catch (error) {
      this.#token = undefined;
      if (!(error instanceof EtcdError)) throw error;
      // Whatever became of this: what the token was for was not sent.
      throw new EtcdError('notDone', error.reason, error.message, error);
    }
  }

  async #authenticate(endpoint: string, user: { name: string; password: string }): Promise<string> {
    const call = { path: '/v3/auth/authenticate', request: authenticateRequest, reply: authenticateReply };
    const { body } = await this.#post(endpoint, { path: call.path, body: bodyOf(call, user) });
    return decode(call, await body.text()).token;
  }

  async #post(endpoint: string, { path, body, signal }: Sent, token?: string) {
    try {
      const response = await this.#agent.request({
        origin: endpoint,
        path,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: token }),
          // A member without a leader must end a watch: it would be silent for ever.
          ...(signal === undefined ? {} : { 'grpc-metadata-hasleader': 'true' }),
        },
        body,
        ...(signal === undefined
          ? { signal: AbortSignal.timeout(this.#options.requestTimeoutMs) }
          : { signal, bodyTimeout: 0 }),
      });
      if (response.statusCode === 200) return response;
      throw refusal(response.statusCode, `${endpoint}: ${saidIn(await response.body.text())}`);
    } catch (error) {
      throw error instanceof EtcdError ? error : noAnswer(endpoint, error, this.#options.tls?.cert);
    }
  }
}

/** Another member would say the same. */
function isAboutTheRequest({ reason, effect }: EtcdError): boolean {
  return reason === 'compacted' || reason === 'tooLarge' || (reason === 'full' && effect === 'notDone');
}

function bodyOf<Request>(call: Call<Request, unknown>, request: Request): string {
  return JSON.stringify(call.request.parse(request));
}

function decode<Reply>(call: Call<unknown, Reply>, text: string): Reply {
  const decoded = decodeJson(call.reply, text);
  if (decoded.ok) return decoded.value;
  throw new EtcdError('lost', 'unreachable', `the answer to ${call.path} is not etcd's. ${decoded.problem}`);
}

/** A last line without its end is not a line: it was cut. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const lines = `${rest}${decoder.decode(bytes, { stream: true })}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

function saidIn(body: string): string {
  const decoded = decodeJson(failureReply, body);
  return decoded.ok ? decoded.value.message : body.slice(0, 200).trim();
}
