import { Agent } from 'undici';
import type { z } from 'zod';
import { toJson } from '../../codec/common.ts';
import {
  chainLineSchema,
  compareAndSetReplySchema,
  decodeJson,
  logListReplySchema,
  metaStoreHealthSchema,
  registerReplySchema,
} from '../../codec/metastore.ts';
import type { Chain, ChainIdentity } from '../../core/chain.ts';
import { PortError } from '../../core/errors.ts';
import type { LogId } from '../../core/ids.ts';
import type { CompareAndSetOutcome, MetaStore, MetaStoreHealth } from '../../ports/MetaStore.ts';
import { broken, type Call, failureOf, refused } from './failures.ts';
import { linesOf } from './lines.ts';

export interface HttpMetaStoreOptions {
  readonly url: string;
  readonly token?: string;
  /** PEM text of the authority that signed the server's certificate. */
  readonly ca?: string;
  readonly requestTimeoutMs?: number;
}

/** The client of `serve metastore`. Nothing is retried here: what became of a call is told as it is known. */
export class HttpMetaStore implements MetaStore {
  readonly description;
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #agent: Agent;

  constructor(options: HttpMetaStoreOptions) {
    const { url, token, ca, requestTimeoutMs = 5_000 } = options;
    this.#url = url.replace(/\/+$/, '');
    this.#token = token;
    this.description = { kind: 'file', endpoints: [this.#url] };
    this.#agent = new Agent({
      connect: { timeout: requestTimeoutMs, ...(ca === undefined ? {} : { ca }) },
      headersTimeout: requestTimeoutMs,
      // Streams say every two seconds that they live, so silence is a failure for them too.
      bodyTimeout: Math.max(requestTimeoutMs, 10_000),
    });
  }

  async get(logId: LogId): Promise<Chain | undefined> {
    const reply = await this.#ask(registerReplySchema, { subject: `get ${logId}`, path: pathOf(logId) });
    return reply.chain ?? undefined;
  }

  async list(): Promise<LogId[]> {
    return (await this.#ask(logListReplySchema, { subject: 'list', path: '/v1/logs' })).logs;
  }

  async compareAndSet(
    logId: LogId,
    expected: ChainIdentity | undefined,
    chain: Chain,
  ): Promise<CompareAndSetOutcome> {
    const body = toJson({ expected: expected ?? null, chain });
    const path = `${pathOf(logId)}/compare-and-set`;
    const call = { subject: `compareAndSet ${logId}`, path, body, changes: true };
    const reply = await this.#ask(compareAndSetReplySchema, call);
    return reply.outcome === 'conflict' ? { ...reply, current: reply.current ?? undefined } : reply;
  }

  async proveWritable(logId: LogId): Promise<void> {
    await this.#send({
      subject: `prove writable ${logId}`,
      path: `${pathOf(logId)}/prove-writable`,
      body: '{}',
    });
  }

  watch(logId: LogId, after: ChainIdentity | undefined, signal: AbortSignal): AsyncIterable<Chain> {
    const query = after === undefined ? '' : `?after=${encodeURIComponent(toJson(after))}`;
    return this.#chains({ subject: `watch ${logId}`, path: `${pathOf(logId)}/watch${query}`, signal });
  }

  history(logId: LogId): AsyncIterable<Chain> {
    return this.#chains({ subject: `history ${logId}`, path: `${pathOf(logId)}/history` });
  }

  async health(): Promise<MetaStoreHealth> {
    const member = { id: 'file', endpoint: this.#url };
    try {
      const { health, members } = await this.#ask(metaStoreHealthSchema, {
        subject: 'health',
        path: '/v1/health',
      });
      return { health, members: members.map((one) => ({ ...one, endpoint: this.#url })) };
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      return { health: 'lost', members: [{ ...member, state: 'unreachable', detail }] };
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #ask<T>(schema: z.ZodType<T>, call: Call): Promise<T> {
    const decoded = decodeJson(schema, await this.#send(call));
    if (decoded.ok) return decoded.value;
    throw broken(call, decoded.problem);
  }

  async #send(call: Call): Promise<string> {
    try {
      const response = await this.#request(call);
      const text = await response.body.text();
      if (response.statusCode === 200) return text;
      throw refused(call, response.statusCode, text);
    } catch (error) {
      throw failureOf(call, error);
    }
  }

  /** Ends without an error only when the caller stopped it or the server said that this was all. */
  async *#chains(call: Call): AsyncIterable<Chain> {
    try {
      const response = await this.#request(call);
      if (response.statusCode !== 200) throw refused(call, response.statusCode, await response.body.text());
      for await (const text of linesOf(response.body)) {
        const line = decodeJson(chainLineSchema, text);
        if (!line.ok) throw broken(call, line.problem);
        if ('end' in line.value) return;
        if ('failure' in line.value) throw refused(call, 200, toJson({ error: line.value }));
        if ('chain' in line.value) yield line.value.chain;
      }
      throw new PortError('unavailable', { subject: call.subject, message: 'the answer was cut short' });
    } catch (error) {
      if (call.signal?.aborted) return;
      throw failureOf(call, error);
    }
  }

  #request({ path, body, signal }: Call) {
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
    };
    return this.#agent.request({
      origin: this.#url,
      path,
      method: body === undefined ? 'GET' : 'POST',
      headers,
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

function pathOf(logId: LogId): string {
  return `/v1/logs/${encodeURIComponent(logId)}`;
}
