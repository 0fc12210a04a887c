import { z } from 'zod';
import { crc32c } from '../../codec/checksum.ts';
import { toJson } from '../../codec/common.ts';
import { logletStateSchema, serverStatusSchema } from '../../codec/descriptor.ts';
import { Descriptors } from '../../codec/descriptors.ts';
import { INVENTORY_TYPE } from '../../codec/inventoryStream.ts';
import {
  appendOutcomeSchema,
  JSON_CALLS,
  type JsonCall,
  type JsonReply,
  LOGLETS_PER_CALL,
  localTailSchema,
  tailSchema,
} from '../../codec/logserver.ts';
import { decodeFrame, encodeFrame, FRAME_TYPE } from '../../codec/logserverFrame.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Entry } from '../../core/entry.ts';
import { type Generation, sameGeneration } from '../../core/generation.ts';
import type { LogId, LogletId, Position, ServerId, StoreId } from '../../core/ids.ts';
import { LIMITS } from '../../core/limits.ts';
import type { CloseRecord, LogletState, LogTrim, ServerStatus } from '../../core/logletState.ts';
import type { Answer, AppendOutcome, InventoryItem, LogServer, SealedLoglet } from '../../ports/LogServer.ts';
import { answerAlike, answerOf, decode } from './answers.ts';
import { broken, type Call } from './failures.ts';
import { readInventory } from './inventory.ts';
import { Together } from './together.ts';
import { Transport, type TransportOptions } from './transport.ts';

export interface HttpLogServerOptions extends Omit<TransportOptions, 'requestTimeoutMs' | 'probePath'> {
  readonly serverId: ServerId;
  readonly requestTimeoutMs?: number;
  readonly appendTimeoutMs?: number;
  /** What several servers say of the same loglets is kept once. */
  readonly descriptors?: Descriptors;
  /** After one time-out do not wait for the server again until it answers: for tools, which ask many things in turn. */
  readonly waitOnce?: boolean;
}

const LOGLETS_REMEMBERED = 256;

/** The client of `serve logserver`. */
export class HttpLogServer implements LogServer {
  readonly serverId: ServerId;
  readonly #transport: Transport;
  readonly #descriptors: Descriptors;
  readonly #appendTimeoutMs: number;
  readonly #statuses = new Together<null, ServerStatus>({
    send: async (askers) => {
      const status = await this.#status();
      return askers.map(() => status);
    },
    weigh: () => 0,
  });
  readonly #seals = new Together<Sealing, SealedLoglet[]>({
    send: (sealings) => this.#sealAll(sealings),
    weigh: ({ logletIds }) => logletIds.length / LOGLETS_PER_CALL,
    alike: (a, b) => sameGeneration(a.generation, b.generation),
  });
  readonly #states = new Together<readonly LogletId[], SealedLoglet[]>({
    send: async (asked) => parted(asked, await this.#statesOf(asked.flat())),
    weigh: (logletIds) => logletIds.length / LOGLETS_PER_CALL,
  });
  /** By loglet: each has a sequencer of its own. */
  readonly #appends = new Map<LogletId, Together<readonly Uint8Array[], AppendOutcome>>();

  constructor(options: HttpLogServerOptions) {
    const {
      serverId,
      requestTimeoutMs = 5_000,
      appendTimeoutMs,
      waitOnce,
      descriptors,
      ...transport
    } = options;
    this.serverId = serverId;
    this.#descriptors = descriptors ?? new Descriptors();
    this.#appendTimeoutMs = appendTimeoutMs ?? Math.max(15_000, requestTimeoutMs);
    this.#transport = new Transport({
      ...transport,
      requestTimeoutMs,
      ...(waitOnce === true && { probePath: '/v1/status' }),
    });
  }

  status(): Promise<ServerStatus> {
    return this.#statuses.ask(null);
  }

  adopt(generation: Generation): Promise<Answer<ServerStatus>> {
    return this.#json('adopt', { generation });
  }

  admit(generation: Generation, storeId: StoreId): Promise<Answer<ServerStatus>> {
    return this.#json('admit', { generation, storeId });
  }

  pledge(generation: Generation): Promise<Answer<ServerStatus>> {
    return this.#json('pledge', { generation });
  }

  retire(generation: Generation, storeId: StoreId, pledged?: number): Promise<Answer<ServerStatus>> {
    return this.#json('retire', { generation, storeId, ...(pledged !== undefined && { pledged }) });
  }

  inventory(query: Parameters<LogServer['inventory']>[0] = {}): AsyncIterable<InventoryItem> {
    const asked = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const call = {
      ...this.#reading('inventory', `/v1/inventory?${asked.join('&')}`),
      accept: INVENTORY_TYPE,
    };
    return readInventory(call, this.#transport, this.#descriptors);
  }

  provision(generation: Generation, descriptor: Descriptor): Promise<Answer<LogletState>> {
    return this.#json('provision', { generation, descriptor });
  }

  activate(generation: Generation, logletId: LogletId, chainVersion: number): Promise<Answer<LogletState>> {
    return this.#json('activate', { generation, logletId, chainVersion });
  }

  seal(generation: Generation, logletIds: readonly LogletId[]): Promise<SealedLoglet[]> {
    return this.#seals.ask({ generation, logletIds });
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
    return this.#states.ask(logletIds);
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

  /** Appends of one loglet that wait for each other share a request, and what became of it. */
  append(logletId: LogletId, payloads: readonly Uint8Array[]): Promise<AppendOutcome> {
    let appends = this.#appends.get(logletId);
    if (appends === undefined) {
      appends = new Together({ send: (batch) => this.#appendAll(logletId, batch), weigh });
      this.#appends.set(logletId, appends);
      // What it forgets goes on by itself; loglets come and go.
      const [oldest = logletId] = this.#appends.keys();
      if (this.#appends.size > LOGLETS_REMEMBERED) this.#appends.delete(oldest);
    }
    return appends.ask(payloads);
  }

  async #appendAll(logletId: LogletId, batch: readonly (readonly Uint8Array[])[]): Promise<AppendOutcome[]> {
    const outcome = await this.#append(logletId, batch.flat());
    if (outcome.outcome === 'rejected') return batch.map(() => outcome);
    let { from } = outcome;
    return batch.map((payloads) => {
      const own = { ...outcome, from };
      from += BigInt(payloads.length);
      return own;
    });
  }

  async #append(logletId: LogletId, payloads: readonly Uint8Array[]): Promise<AppendOutcome> {
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

  async #status(): Promise<ServerStatus> {
    const call = this.#reading('status', '/v1/status');
    return decode(call, serverStatusSchema, await this.#transport.ask(call));
  }

  async #sealAll(sealings: readonly Sealing[]): Promise<SealedLoglet[][]> {
    const asked = sealings.map(({ logletIds }) => logletIds);
    const generation = sealings[0]?.generation;
    const sealed = await this.#many(asked.flat(), (some) =>
      this.#json('seal', { generation, logletIds: some }),
    );
    return parted(asked, sealed);
  }

  #statesOf(logletIds: readonly LogletId[]): Promise<SealedLoglet[]> {
    return this.#many(logletIds, (some) => this.#json('states', { logletIds: some }));
  }

  async #json<Name extends JsonCall>(name: Name, body: object): Promise<Answer<JsonReply<Name>>> {
    const subject = `${this.serverId} ${name}`;
    const call = { subject, path: `/v1/${name}`, body: toJson(body), changes: name !== 'states' };
    const schema = JSON_CALLS[name].reply as unknown as z.ZodType<JsonReply<Name>>;
    return answerAlike(call, schema, await this.#transport.ask(call));
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

interface Sealing {
  readonly generation: Generation;
  readonly logletIds: readonly LogletId[];
}

/** To each asker its own: answers come in the order of what was asked. */
function parted<T>(asked: readonly (readonly LogletId[])[], answers: readonly T[]): T[][] {
  let next = 0;
  return asked.map(({ length }) => {
    next += length;
    return answers.slice(next - length, next);
  });
}

/** One that will be refused for its size goes alone: the others have nothing to do with it. */
function weigh(payloads: readonly Uint8Array[]): number {
  if (payloads.some((payload) => payload.length > LIMITS.entryBytes)) return Number.POSITIVE_INFINITY;
  const bytes = payloads.reduce((sum, payload) => sum + payload.length, 0);
  return Math.max(bytes / LIMITS.batchBytes, payloads.length / LIMITS.batchEntries);
}
