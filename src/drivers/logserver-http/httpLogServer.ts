import { z } from 'zod';
import { crc32c } from '../../codec/checksum.ts';
import { toJson } from '../../codec/common.ts';
import { logletStateSchema, serverStatusSchema } from '../../codec/descriptor.ts';
import {
  appendOutcomeSchema,
  inventoryItemSchema,
  JSON_CALLS,
  type JsonCall,
  type JsonReply,
  LOGLETS_PER_CALL,
  localTailSchema,
  refusedSchema,
  tailSchema,
} from '../../codec/logserver.ts';
import { decodeFrame, encodeFrame, FRAME_TYPE } from '../../codec/logserverFrame.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Entry } from '../../core/entry.ts';
import type { Generation } from '../../core/generation.ts';
import type { LogId, LogletId, Position, ServerId, StoreId } from '../../core/ids.ts';
import type { CloseRecord, LogletState, LogTrim, ServerStatus } from '../../core/logletState.ts';
import type { Answer, AppendOutcome, InventoryItem, LogServer, SealedLoglet } from '../../ports/LogServer.ts';
import { broken, type Call } from './failures.ts';
import { type Reply, Transport, type TransportOptions } from './transport.ts';

export interface HttpLogServerOptions extends Omit<TransportOptions, 'requestTimeoutMs' | 'probePath'> {
  readonly serverId: ServerId;
  readonly requestTimeoutMs?: number;
  readonly appendTimeoutMs?: number;
  /** After one time-out do not wait for the server again until it answers: for tools, which ask many things in turn. */
  readonly waitOnce?: boolean;
}

/** The client of `serve logserver`. */
export class HttpLogServer implements LogServer {
  readonly serverId: ServerId;
  readonly #transport: Transport;
  readonly #appendTimeoutMs: number;

  constructor(options: HttpLogServerOptions) {
    const { serverId, requestTimeoutMs = 5_000, appendTimeoutMs, waitOnce, ...transport } = options;
    this.serverId = serverId;
    this.#appendTimeoutMs = appendTimeoutMs ?? Math.max(15_000, requestTimeoutMs);
    this.#transport = new Transport({
      ...transport,
      requestTimeoutMs,
      ...(waitOnce === true && { probePath: '/v1/status' }),
    });
  }

  async status(): Promise<ServerStatus> {
    const call = this.#reading('status', '/v1/status');
    return decode(call, serverStatusSchema, await this.#transport.ask(call));
  }

  adopt(generation: Generation): Promise<Answer<ServerStatus>> {
    return this.#json('adopt', { generation });
  }

  admit(generation: Generation, storeId: StoreId): Promise<Answer<ServerStatus>> {
    return this.#json('admit', { generation, storeId });
  }

  retire(generation: Generation, storeId: StoreId): Promise<Answer<ServerStatus>> {
    return this.#json('retire', { generation, storeId });
  }

  async *inventory(query: { readonly logId?: LogId } = {}): AsyncIterable<InventoryItem> {
    const of = query.logId === undefined ? '' : `?logId=${encodeURIComponent(query.logId)}`;
    const call = this.#reading('inventory', `/v1/inventory${of}`);
    let loglets = 0;
    let last: InventoryItem | undefined;
    for await (const line of this.#transport.lines(call)) {
      const item = decodeText(call, inventoryItemSchema, line);
      if (last === undefined && item.item !== 'server')
        throw broken(call, 'it does not open with the server');
      if (last?.item === 'end') throw broken(call, 'it goes on after its end');
      if (item.item === 'loglet' || item.item === 'damaged') loglets += 1;
      last = item;
      yield item;
    }
    // An inventory that is not whole proves nothing about what is absent.
    if (last?.item !== 'end' || last.loglets !== loglets) throw broken(call, 'it was cut short');
  }

  provision(generation: Generation, descriptor: Descriptor): Promise<Answer<LogletState>> {
    return this.#json('provision', { generation, descriptor });
  }

  activate(generation: Generation, logletId: LogletId, chainVersion: number): Promise<Answer<LogletState>> {
    return this.#json('activate', { generation, logletId, chainVersion });
  }

  seal(generation: Generation, logletIds: readonly LogletId[]): Promise<SealedLoglet[]> {
    return this.#many(logletIds, (some) => this.#json('seal', { generation, logletIds: some }));
  }

  close(generation: Generation, logletId: LogletId, close: CloseRecord): Promise<Answer<LogletState>> {
    return this.#json('close', { generation, logletId, close });
  }

  async repair(
    generation: Generation,
    logletId: LogletId,
    entries: readonly Entry[],
  ): Promise<Answer<LogletState>> {
    const { number, recoveryId } = generation;
    const call = this.#framed(`repair?generation=${number}&recoveryId=${recoveryId}`, logletId, 0n, entries);
    return answerOf(call, logletStateSchema, await this.#transport.ask(call));
  }

  trim(generation: Generation, logId: LogId, trimPoint: Position): Promise<Answer<LogTrim>> {
    return this.#json('trim', { generation, logId, trimPoint });
  }

  drop(generation: Generation, logletId: LogletId): Promise<Answer<null>> {
    return this.#json('drop', { generation, logletId });
  }

  states(logletIds: readonly LogletId[]): Promise<SealedLoglet[]> {
    return this.#many(logletIds, (some) => this.#json('states', { logletIds: some }));
  }

  async store(request: Parameters<LogServer['store']>[0]): ReturnType<LogServer['store']> {
    const call = this.#framed('store', request.logletId, request.knownCommitted, request.entries);
    return answerOf(call, localTailSchema, await this.#transport.ask(call));
  }

  async read(request: Parameters<LogServer['read']>[0]): ReturnType<LogServer['read']> {
    const { logletId, from, to, maxBytes, uncommitted } = request;
    const limit = maxBytes === undefined ? '' : `&maxBytes=${maxBytes}`;
    const asked = `from=${from}&to=${to}${limit}&uncommitted=${uncommitted === true}`;
    const call = this.#reading('read', `/v1/loglets/${logletId}/entries?${asked}`);
    const reply = await this.#transport.ask(call);
    if (reply.status === 409) return answerOf(call, z.never(), reply);
    const { mark, entries } = decodeFrame(reply.body);
    const strange = entries.some((entry, at) => entry.position !== from + BigInt(at) || entry.position >= to);
    if (strange) throw broken(call, `it holds other entries than [${from}, ${to})`);
    return { ok: true, value: { entries, knownCommitted: mark } };
  }

  async append(logletId: LogletId, payloads: readonly Uint8Array[]): Promise<AppendOutcome> {
    const entries = payloads.map((payload, at) => ({
      position: BigInt(at),
      payload,
      crc: crc32c(payload),
    }));
    // Longer than the sequencer waits for a quorum: its own answer says more than a time-out here.
    const call = { ...this.#framed('append', logletId, 0n, entries), timeoutMs: this.#appendTimeoutMs };
    return decode(call, appendOutcomeSchema, await this.#transport.ask(call));
  }

  async acknowledgedTail(logletId: LogletId): Promise<Answer<{ readonly tail: Position }>> {
    const call = this.#reading('acknowledged tail', `/v1/loglets/${logletId}/acknowledged-tail`);
    return answerOf(call, tailSchema, await this.#transport.ask(call));
  }

  async disconnect(): Promise<void> {
    await this.#transport.close();
  }

  async #json<Name extends JsonCall>(name: Name, body: object): Promise<Answer<JsonReply<Name>>> {
    const subject = `${this.serverId} ${name}`;
    const call = { subject, path: `/v1/${name}`, body: toJson(body), changes: name !== 'states' };
    const schema = JSON_CALLS[name].reply as unknown as z.ZodType<JsonReply<Name>>;
    return answerOf(call, schema, await this.#transport.ask(call));
  }

  /** However many there are: a call names so many at most. */
  async #many(
    logletIds: readonly LogletId[],
    ask: (some: LogletId[]) => Promise<Answer<{ loglets: SealedLoglet[] }>>,
  ): Promise<SealedLoglet[]> {
    const answered: SealedLoglet[] = [];
    for (let at = 0; at < logletIds.length; at += LOGLETS_PER_CALL) {
      const some = logletIds.slice(at, at + LOGLETS_PER_CALL);
      const answer = await ask(some);
      if (answer.ok) answered.push(...answer.value.loglets);
      else answered.push(...some.map((logletId) => ({ logletId, answer })));
    }
    return answered;
  }

  #reading(what: string, path: string): Call {
    return { subject: `${this.serverId} ${what}`, path };
  }

  #framed(what: string, logletId: LogletId, mark: Position, entries: readonly Entry[]): Call {
    return {
      subject: `${this.serverId} ${what.split('?')[0]}`,
      path: `/v1/loglets/${logletId}/${what}`,
      body: encodeFrame({ mark, entries }),
      contentType: FRAME_TYPE,
      changes: true,
    };
  }
}

function answerOf<T>(call: Call, schema: z.ZodType<T>, reply: Reply): Answer<T> {
  if (reply.status !== 409) return { ok: true, value: decode(call, schema, reply) };
  return { ok: false, ...decode(call, refusedSchema, reply) };
}

function decode<T>(call: Call, schema: z.ZodType<T>, reply: Reply): T {
  return decodeText(call, schema, reply.body.toString());
}

function decodeText<T>(call: Call, schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw broken(call, problem);
  }
}
