import type { StoredLoglet } from '../codec/inventoryStream.ts';
import type { QuarantineItem } from '../codec/logserver.ts';
import type { Descriptor } from '../core/descriptor.ts';
import type { Generation } from '../core/generation.ts';
import {
  type Incarnation,
  incarnation,
  type LogId,
  type LogletId,
  type Position,
  type ServerId,
  type StoreId,
} from '../core/ids.ts';
import type { CloseRecord, LogletState, LogTrim, ServerStatus } from '../core/logletState.ts';
import type { Clock } from '../ports/Clock.ts';
import type {
  Answer,
  AppendOutcome,
  InventoryItem,
  LogServer,
  Refusal,
  SealedLoglet,
} from '../ports/LogServer.ts';
import type { Random } from '../ports/Random.ts';
import type { EntryCheck } from './checkedRecord.ts';
import { GroupCommit } from './groupCommit.ts';
import { inventoryOf, storedInventoryOf } from './inventory.ts';
import type { CommandKind, Commands, Replies } from './machine/commands.ts';
import { type ReadRequest, read, states } from './machine/read.ts';
import { quarantineOf } from './quarantine.ts';
import type { ServerRecord } from './records.ts';
import { Sequencers } from './sequencers.ts';
import type { LogStore } from './store.ts';

type InventoryQuery = NonNullable<Parameters<LogServer['inventory']>[0]>;

export interface NodeOptions {
  readonly store: LogStore;
  readonly clock: Clock;
  readonly random: Random;
  /** The other servers; asked again at every use, so that a new address is seen. */
  readonly connect: (serverId: ServerId) => LogServer | undefined;
  readonly software: string;
  readonly appendTimeoutMs?: number;
  readonly queueBytes?: number;
  readonly observe?: (batch: { readonly commands: number; readonly writes: number }) => void;
}

/** One LogServer process: a store, a machine in front of it, and the sequencers that live in this process. */
export class LogServerNode implements LogServer {
  readonly serverId: ServerId;
  readonly incarnation: Incarnation;
  readonly sequencers: Sequencers;
  readonly #store: LogStore;
  readonly #commands: GroupCommit;
  readonly #software: string;
  readonly #clock: Clock;

  constructor(options: NodeOptions) {
    this.#store = options.store;
    this.#software = options.software;
    this.#clock = options.clock;
    this.serverId = options.store.server().serverId;
    this.incarnation = incarnation(options.random.uuid());
    this.#commands = new GroupCommit(options.store, options.observe);
    this.sequencers = new Sequencers({
      view: this.#commands.view,
      self: this.serverId,
      incarnation: this.incarnation,
      connect: (serverId) => (serverId === this.serverId ? this : options.connect(serverId)),
      clock: options.clock,
      appendTimeoutMs: options.appendTimeoutMs ?? 5_000,
      queueBytes: options.queueBytes ?? 64 * 1024 * 1024,
    });
  }

  /** Whether the store can still be written, or why not. */
  get failure(): Error | undefined {
    return this.#commands.failure;
  }

  async status(): Promise<ServerStatus> {
    return this.#statusOf(this.#store.server());
  }

  async adopt(generation: Generation): Promise<Answer<ServerStatus>> {
    return this.#withStatus(await this.#submit('adopt', { generation }));
  }

  async admit(generation: Generation, storeId: StoreId): Promise<Answer<ServerStatus>> {
    return this.#withStatus(await this.#submit('admit', { generation, storeId }));
  }

  async pledge(generation: Generation): Promise<Answer<ServerStatus>> {
    return this.#withStatus(await this.#submit('pledge', { generation }));
  }

  async retire(...[generation, storeId, pledged]: Parameters<LogServer['retire']>) {
    const answer = await this.#submit('retire', { generation, storeId, pledged });
    if (answer.ok) this.sequencers.stopAll({ code: 'retired' }, 'the server was retired');
    return this.#withStatus(answer);
  }

  inventory(query: InventoryQuery = {}): AsyncIterable<InventoryItem> {
    return inventoryOf(this.#store, this.#statusOf(this.#store.server()), this.#checked(query));
  }

  /** Not of the port: the same, to be sent on as it is stored. */
  storedInventory(query: InventoryQuery = {}): AsyncIterable<InventoryItem | StoredLoglet> {
    return storedInventoryOf(this.#store, this.#statusOf(this.#store.server()), this.#checked(query));
  }

  #checked({ checkMs, ...query }: InventoryQuery): { readonly logId?: LogId; readonly check?: EntryCheck } {
    if (checkMs === undefined) return query;
    const until = this.#clock.now() + checkMs;
    const note = (logletId: LogletId, position: Position) => this.#noteCorrupt(logletId, position);
    return { ...query, check: { clock: this.#clock, until, note } };
  }

  /** Not of the port: for people who look at what a recovery left aside. */
  quarantine(query: { readonly logId?: LogId } = {}): AsyncIterable<QuarantineItem> {
    return quarantineOf(this, query);
  }

  provision(generation: Generation, descriptor: Descriptor): Promise<Answer<LogletState>> {
    return this.#submit('provision', { generation, descriptor });
  }

  activate(generation: Generation, logletId: LogletId, chainVersion: number): Promise<Answer<LogletState>> {
    return this.#submit('activate', { generation, logletId, chainVersion });
  }

  async seal(generation: Generation, logletIds: readonly LogletId[]): Promise<SealedLoglet[]> {
    const sealed = await this.#submit('seal', { generation, logletIds });
    for (const { logletId, answer } of sealed) if (answer.ok) this.sequencers.sealed(logletId);
    return sealed;
  }

  async close(generation: Generation, logletId: LogletId, close: CloseRecord): Promise<Answer<LogletState>> {
    const answer = await this.#submit('close', { generation, logletId, close });
    if (answer.ok) this.sequencers.sealed(logletId);
    return answer;
  }

  repair(
    generation: Generation,
    logletId: LogletId,
    entries: Commands['repair']['entries'],
  ): Promise<Answer<LogletState>> {
    return this.#submit('repair', { generation, logletId, entries }, sizeOf(entries));
  }

  trim(generation: Generation, logId: LogId, trimPoint: Position): Promise<Answer<LogTrim>> {
    return this.#submit('trim', { generation, logId, trimPoint });
  }

  async drop(generation: Generation, logletId: LogletId): Promise<Answer<null>> {
    const answer = await this.#submit('drop', { generation, logletId });
    if (answer.ok) this.sequencers.dropped(logletId);
    return answer;
  }

  async states(logletIds: readonly LogletId[]): Promise<SealedLoglet[]> {
    return states(this.#store, logletIds);
  }

  store(request: Commands['store']): Promise<Replies['store']> {
    return this.#submit('store', request, sizeOf(request.entries));
  }

  async read(request: ReadRequest): ReturnType<LogServer['read']> {
    const answer = read(this.#commands.view, request);
    if (!answer.ok && answer.refusal.code === 'corrupt')
      await this.#noteCorrupt(request.logletId, answer.refusal.position);
    return answer;
  }

  async append(logletId: LogletId, payloads: readonly Uint8Array[]): Promise<AppendOutcome> {
    return this.sequencers.append(logletId, payloads);
  }

  async acknowledgedTail(logletId: LogletId): Promise<Answer<{ readonly tail: Position }>> {
    return this.sequencers.acknowledgedTail(logletId);
  }

  /** Lets go of nothing: this is the server itself. See `stop`. */
  async disconnect(): Promise<void> {}

  /** Waits for what was taken, then closes the store. */
  async stop(): Promise<void> {
    await this.sequencers.drain();
    await this.#commands.idle();
    await this.#store.close();
  }

  /** The answer to the reader stands whether or not the note could be kept. */
  async #noteCorrupt(logletId: LogletId, position: Position): Promise<void> {
    await this.#submit('noteCorrupt', { logletId, position }).catch(() => undefined);
  }

  #submit<Kind extends CommandKind>(
    kind: Kind,
    command: Commands[Kind],
    sizeBytes = 0,
  ): Promise<Replies[Kind]> {
    const full = (detail: string) => fullReply(kind, command, { code: 'full', detail });
    return this.#commands.submit(kind, command, { full, sizeBytes });
  }

  #withStatus(answer: Answer<ServerRecord>): Answer<ServerStatus> {
    return answer.ok ? { ok: true, value: this.#statusOf(answer.value) } : answer;
  }

  #statusOf({ nextCopy: _, ...server }: ServerRecord): ServerStatus {
    return { ...server, incarnation: this.incarnation, software: this.#software };
  }
}

function sizeOf(entries: Commands['store']['entries']): number {
  return entries.reduce((sum, entry) => sum + entry.payload.length, 0);
}

/** `seal` answers loglet by loglet, everything else once. */
function fullReply<Kind extends CommandKind>(
  kind: Kind,
  command: Commands[Kind],
  refusal: Refusal,
): Replies[Kind] {
  const answer = { ok: false, refusal } as const;
  const reply =
    kind === 'seal'
      ? (command as Commands['seal']).logletIds.map((logletId) => ({ logletId, answer }))
      : answer;
  return reply as Replies[Kind];
}
