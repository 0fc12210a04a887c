/**
 * Identities of the system. Branded strings: one cannot be passed where another is meant.
 * Terms: Delos (OSDI 2020) for log, loglet, chain; LogDevice for nodeset and trim point.
 */
export type Brand<T, Name extends string> = T & { readonly __brand: Name };

/** UUID of a cluster: its LogServers, its MetaStore and its repository belong together. */
export type ClusterId = Brand<string, 'ClusterId'>;
/** One unbounded sequence of entries. A cluster has many. */
export type LogId = Brand<string, 'LogId'>;
/** ULID of one segment's storage. Never reused. */
export type LogletId = Brand<string, 'LogletId'>;
/** A LogServer as the operator names it. Survives a replaced disk. */
export type ServerId = Brand<string, 'ServerId'>;
/** UUID written when a store is formatted. A replaced disk is another store. */
export type StoreId = Brand<string, 'StoreId'>;
/** ULID drawn by every run of a recovery. */
export type RecoveryId = Brand<string, 'RecoveryId'>;
/** UUID drawn at every start of a LogServer process. A sequencer never survives its process. */
export type Incarnation = Brand<string, 'Incarnation'>;

/** A place in a log, counted from 0. `tail` and `end` are exclusive, `start` and `from` inclusive. */
export type Position = bigint;

export const clusterId = (text: string): ClusterId => text as ClusterId;
export const logId = (text: string): LogId => text as LogId;
export const logletId = (text: string): LogletId => text as LogletId;
export const serverId = (text: string): ServerId => text as ServerId;
export const storeId = (text: string): StoreId => text as StoreId;
export const recoveryId = (text: string): RecoveryId => text as RecoveryId;
export const incarnation = (text: string): Incarnation => text as Incarnation;
