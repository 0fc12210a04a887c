import type { Descriptor } from '../core/descriptor.ts';
import type { Location } from '../core/durability.ts';
import type { Entry } from '../core/entry.ts';
import type { Generation } from '../core/generation.ts';
import type { ClusterId, LogId, LogletId, Position, ServerId, StoreId } from '../core/ids.ts';
import type { CloseRecord, LogTrim } from '../core/logletState.ts';

/** What a store knows about itself. Written when it is formatted. */
export interface ServerRecord {
  readonly serverId: ServerId;
  readonly storeId: StoreId;
  readonly clusterId: ClusterId;
  readonly location: Location;
  readonly generation?: Generation;
  readonly retired: boolean;
  /** How often somebody came to rely on the store (`LogServer.pledge`). */
  readonly pledged: number;
  /** The number that the next provisioned copy keeps its entries under. */
  readonly nextCopy: number;
}

/**
 * One loglet's copy, without its descriptor: that one is large and never changes. Entries lie under `copy`, a number
 * never used twice, so that deleting a dropped copy's entries in the background cannot touch a later copy's.
 */
export interface LogletRecord {
  readonly logletId: LogletId;
  readonly logId: LogId;
  readonly descriptorDigest: string;
  readonly copy: number;
  readonly start: Position;
  readonly firstHeld: Position;
  readonly localTail: Position;
  readonly sealed: boolean;
  readonly tailAtSeal?: Position;
  readonly activatedAt?: number;
  readonly close?: CloseRecord;
  readonly knownCommitted: Position;
  readonly corrupt?: readonly Position[];
}

/** One change to the store. Those of a batch happen together or not at all. */
export type Write =
  | { readonly write: 'server'; readonly record: ServerRecord }
  | { readonly write: 'trim'; readonly trim: LogTrim }
  | { readonly write: 'descriptor'; readonly descriptor: Descriptor }
  | { readonly write: 'loglet'; readonly record: LogletRecord }
  | { readonly write: 'entry'; readonly copy: number; readonly entry: Entry }
  | { readonly write: 'forget'; readonly logletId: LogletId; readonly logId: LogId }
  /** Entries that nothing refers to any more. May be deleted later, a few at a time. */
  | {
      readonly write: 'discard';
      readonly copy: number;
      readonly from: Position;
      readonly to: Position;
    };

/** Synchronous look-ups. Throws `PortError` `corrupt` for a record that fails its checksum. */
export interface View {
  server(): ServerRecord;
  trim(logId: LogId): LogTrim | undefined;
  loglet(logletId: LogletId): LogletRecord | undefined;
  descriptor(logletId: LogletId): Descriptor | undefined;
  logletsOf(logId: LogId): Iterable<LogletId>;
  /** As stored: the caller compares `crc` with the payload. */
  entry(copy: number, position: Position): Entry | undefined;
}
