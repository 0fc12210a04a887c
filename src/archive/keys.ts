import type { DataObject, Span } from '../core/archive.ts';
import {
  logletId as asLogletId,
  type ClusterId,
  type LogId,
  type LogletId,
  type Position,
} from '../core/ids.ts';

/** A manifest of a whole segment, as its name tells: how far a log is backed up is known without reading one. */
export interface SegmentRef {
  readonly index: number;
  readonly logletId: LogletId;
  /** The first position held: the segment's start, or the trim point when it was backed up. */
  readonly from: Position;
  readonly end: Position;
  readonly digest: string;
}

const POSITION_DIGITS = 19;
const INDEX_DIGITS = 10;
const SIZE_DIGITS = 10;

export const dataPrefix = (cluster: ClusterId, log: LogId) => `clusters/${cluster}/data/${log}/`;
export const segmentsPrefix = (cluster: ClusterId, log: LogId) => `${dataPrefix(cluster, log)}segments/`;
export const objectsPrefix = (cluster: ClusterId, log: LogId, loglet: LogletId) =>
  `${dataPrefix(cluster, log)}objects/${loglet}/`;

export function objectKey(cluster: ClusterId, log: LogId, loglet: LogletId, object: DataObject): string {
  const { from, to, sizeBytes, sha256 } = object;
  const name = `${spanName({ from, to })}-${padded(sizeBytes, SIZE_DIGITS)}-${sha256}`;
  return `${objectsPrefix(cluster, log, loglet)}${name}.entries`;
}

/** `undefined` for a key of something else. */
export function objectOfKey(key: string): DataObject | undefined {
  const match = /\/(\d{19})-(\d{19})-(\d{10})-([0-9a-f]{64})\.entries$/.exec(key);
  if (match === null) return undefined;
  const [, from = '', to = '', sizeBytes = '', sha256 = ''] = match;
  const object = { from: BigInt(from), to: BigInt(to), sizeBytes: Number(sizeBytes), sha256 };
  return object.from < object.to ? object : undefined;
}

export function segmentKey(cluster: ClusterId, log: LogId, ref: SegmentRef): string {
  const { index, logletId, from, end, digest } = ref;
  const name = `${padded(index, INDEX_DIGITS)}-${logletId}-${spanName({ from, to: end })}-${digest}`;
  return `${segmentsPrefix(cluster, log)}${name}.json`;
}

export function segmentOfKey(key: string): SegmentRef | undefined {
  const match = /\/segments\/(\d{10})-([0-9A-Z]{26})-(\d{19})-(\d{19})-([0-9a-f]{64})\.json$/.exec(key);
  if (match === null) return undefined;
  const [, index = '', loglet = '', from = '', end = '', digest = ''] = match;
  return { index: Number(index), logletId: asLogletId(loglet), from: BigInt(from), end: BigInt(end), digest };
}

/** A manifest that a restore made of what there was. */
export function partKey(cluster: ClusterId, log: LogId, loglet: LogletId, digest: string): string {
  return `${dataPrefix(cluster, log)}parts/${loglet}-${digest}.json`;
}

function spanName({ from, to }: Span): string {
  return `${padded(from, POSITION_DIGITS)}-${padded(to, POSITION_DIGITS)}`;
}

function padded(number: number | bigint, digits: number): string {
  return String(number).padStart(digits, '0');
}

/** What a key below the data of a log stands for. */
export type NamedData = { readonly key: string } & DataName;

type DataName =
  | { readonly kind: 'object'; readonly logletId: LogletId; readonly object: DataObject }
  | { readonly kind: 'segment'; readonly logletId: LogletId; readonly ref: SegmentRef }
  | { readonly kind: 'part'; readonly logletId: LogletId; readonly digest: string };

export function dataOfKey(key: string): DataName | undefined {
  const object = objectOfKey(key);
  const loglet = /\/objects\/([0-9A-Z]{26})\/[^/]+$/.exec(key)?.[1];
  if (object !== undefined && loglet !== undefined)
    return { kind: 'object', logletId: asLogletId(loglet), object };
  const ref = segmentOfKey(key);
  if (ref !== undefined) return { kind: 'segment', logletId: ref.logletId, ref };
  const [, part, digest] = /\/parts\/([0-9A-Z]{26})-([0-9a-f]{64})\.json$/.exec(key) ?? [];
  if (part === undefined || digest === undefined) return undefined;
  return { kind: 'part', logletId: asLogletId(part), digest };
}
