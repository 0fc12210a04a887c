import { Agent } from 'undici';
import type { PortError } from '../../core/errors.ts';
import { broken, type Call, failureOf, refused, unsent } from './failures.ts';
import { Silence } from './silence.ts';

export interface TransportOptions {
  readonly url: string;
  /** How long an answer may take, and how long a stream may be silent. */
  readonly requestTimeoutMs: number;
  readonly token?: string;
  /** PEM text of the authority that signed the server's certificate. */
  readonly ca?: string;
  /** Path of a question that changes nothing: given, a silent server costs one time-out in all. */
  readonly probePath?: string;
}

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** A line of a stream that is longer is an attack or a fault. */
const LINE_CHARS = 16 * 1024 * 1024;

/** Requests to one server over kept-alive connections. Nothing is retried here: the caller knows what may be. */
export class Transport {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #timeoutMs: number;
  readonly #agent: Agent;
  readonly #silence: Silence | undefined;

  constructor({ url, token, ca, requestTimeoutMs, probePath: path }: TransportOptions) {
    if (path !== undefined) this.#silence = new Silence(() => this.#probe(path));
    this.#url = url.replace(/\/+$/, '');
    this.#token = token;
    this.#timeoutMs = requestTimeoutMs;
    this.#agent = new Agent({
      connect: { timeout: requestTimeoutMs, ...(ca === undefined ? {} : { ca }) },
      headersTimeout: requestTimeoutMs,
      bodyTimeout: requestTimeoutMs,
      connections: 32,
      // Below the server's own limit, so that a connection is never used while the server closes it.
      keepAliveTimeout: 30_000,
      keepAliveMaxTimeout: 60_000,
    });
  }

  /** An answer with status 200, or 409, which is a refusal; throws for every other. */
  async ask(call: Call): Promise<Reply> {
    if (this.#silence?.lasts) throw unsent(call);
    try {
      const response = await this.#request(call, AbortSignal.timeout(call.timeoutMs ?? this.#timeoutMs));
      const body = Buffer.from(await response.body.arrayBuffer());
      const { statusCode: status } = response;
      if (status !== 200 && status !== 409) throw refused(call, status, body.toString());
      return { status, contentType: String(response.headers['content-type'] ?? ''), body };
    } catch (error) {
      // A longer wait is one for others, behind the server: it says nothing about the server itself.
      if (call.timeoutMs === undefined) this.#silence?.heard(error);
      throw failureOf(call, error);
    }
  }

  /** A streamed answer, chunk by chunk, once its head is there. */
  async stream(
    call: Call,
  ): Promise<{ readonly contentType: string; readonly chunks: AsyncIterable<Uint8Array> }> {
    if (this.#silence?.lasts) throw unsent(call);
    try {
      const { statusCode, headers, body } = await this.#request(call);
      if (statusCode !== 200) throw refused(call, statusCode, await body.text());
      return { contentType: String(headers['content-type'] ?? ''), chunks: this.#chunks(call, body) };
    } catch (error) {
      throw this.#failed(call, error);
    }
  }

  async *#chunks(call: Call, body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      throw this.#failed(call, error);
    }
  }

  #failed(call: Call, error: unknown): PortError {
    this.#silence?.heard(error);
    return failureOf(call, error);
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #probe(path: string): Promise<void> {
    const call = { subject: 'probe', path };
    const { body } = await this.#request(call, AbortSignal.timeout(this.#timeoutMs));
    await body.dump();
  }

  #request({ path, body, timeoutMs, accept, contentType = 'application/json' }: Call, signal?: AbortSignal) {
    const headers = {
      ...(accept === undefined ? {} : { accept }),
      ...(body === undefined ? {} : { 'content-type': contentType }),
      ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
    };
    return this.#agent.request({
      origin: this.#url,
      path,
      method: body === undefined ? 'GET' : 'POST',
      headers,
      ...(body === undefined ? {} : { body }),
      ...(signal && { signal }),
      ...(timeoutMs !== undefined && { headersTimeout: timeoutMs }),
    });
  }
}

/** The lines of a stream. A last line without its end was cut and is not given. */
export async function* linesOf(call: Call, body: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_CHARS) throw broken(call, `a line of more than ${LINE_CHARS} characters`);
    yield* lines;
  }
}
