import type { Descriptor } from '../../core/descriptor.ts';
import type { Entry } from '../../core/entry.ts';
import type { Generation } from '../../core/generation.ts';
import type { LogId, LogletId, Position, StoreId } from '../../core/ids.ts';
import type { CloseRecord, LogletState, LogTrim } from '../../core/logletState.ts';
import type { Answer, Refusal, SealedLoglet } from '../../ports/LogServer.ts';
import type { ServerRecord, Write } from '../records.ts';

/** Every command that may write, by name; `protocol.md` §1, §3 and §5.0 say what each must check. */
export interface Commands {
  adopt: { readonly generation: Generation };
  admit: { readonly generation: Generation; readonly storeId: StoreId };
  pledge: { readonly generation: Generation };
  retire: {
    readonly generation: Generation;
    readonly storeId: StoreId;
    readonly pledged: number | undefined;
  };
  provision: { readonly generation: Generation; readonly descriptor: Descriptor };
  activate: { readonly generation: Generation; readonly logletId: LogletId; readonly chainVersion: number };
  seal: { readonly generation: Generation; readonly logletIds: readonly LogletId[] };
  close: { readonly generation: Generation; readonly logletId: LogletId; readonly close: CloseRecord };
  repair: {
    readonly generation: Generation;
    readonly logletId: LogletId;
    readonly entries: readonly Entry[];
  };
  trim: { readonly generation: Generation; readonly logId: LogId; readonly trimPoint: Position };
  drop: { readonly generation: Generation; readonly logletId: LogletId };
  store: {
    readonly logletId: LogletId;
    readonly entries: readonly Entry[];
    readonly knownCommitted: Position;
  };
  /** A read met an entry that failed its checksum. */
  noteCorrupt: { readonly logletId: LogletId; readonly position: Position };
}

export interface Replies {
  adopt: Answer<ServerRecord>;
  admit: Answer<ServerRecord>;
  pledge: Answer<ServerRecord>;
  retire: Answer<ServerRecord>;
  provision: Answer<LogletState>;
  activate: Answer<LogletState>;
  seal: SealedLoglet[];
  close: Answer<LogletState>;
  repair: Answer<LogletState>;
  trim: Answer<LogTrim>;
  drop: Answer<null>;
  store: Answer<{ readonly localTail: Position }>;
  noteCorrupt: Answer<null>;
}

export type CommandKind = keyof Commands;

/** What a command comes to. The reply may be sent only when the writes are durable. */
export interface Step<Reply> {
  readonly reply: Reply;
  readonly writes: readonly Write[];
}

export function done<T>(value: T, writes: readonly Write[] = []): Step<Answer<T>> {
  return { reply: { ok: true, value }, writes };
}

/** A refusal. A greater generation stays adopted even so: the caller had the right to bring it. */
export function refuse(
  refusal: Refusal,
  writes: readonly Write[] = [],
): Step<{ readonly ok: false; readonly refusal: Refusal }> {
  return { reply: { ok: false, refusal }, writes };
}
