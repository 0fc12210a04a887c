import type { Generation } from '../core/generation.ts';
import { logId as asLogId, type ClusterId, type LogId, recoveryId } from '../core/ids.ts';

/** Which document of a log: a snapshot, a fence, or (version 0) the opening of a generation. */
export interface SnapshotRef {
  readonly logId: LogId;
  readonly generation: Generation;
  readonly version: number;
}

/**
 * Keys, padded so that the order of names is the order of numbers. `docs/formats.md` promises them: another tool may
 * read a repository that we wrote.
 */
const GENERATION_DIGITS = 10;
const VERSION_DIGITS = 16;

export const REPOSITORY_KEY = 'repository.json';

export const CLUSTERS_PREFIX = 'clusters/';
export const generationsPrefix = (cluster: ClusterId) => `clusters/${cluster}/generations/`;
export const logsPrefix = (cluster: ClusterId) => `clusters/${cluster}/logs/`;
export const logPrefix = (cluster: ClusterId, log: LogId) => `${logsPrefix(cluster)}${log}/`;
export const configPrefix = (cluster: ClusterId) => `clusters/${cluster}/config/`;

export function claimKey(cluster: ClusterId, number: number): string {
  return `${generationsPrefix(cluster)}${padded(number, GENERATION_DIGITS)}.json`;
}

export function claimNumberOf(key: string): number | undefined {
  const match = /\/generations\/(\d{10,16})\.json$/.exec(key);
  return match ? Number(match[1]) : undefined;
}

export function configKey(cluster: ClusterId, digest: string): string {
  return `${configPrefix(cluster)}${digest}.json`;
}

export function documentKey(cluster: ClusterId, ref: SnapshotRef): string {
  const { number, recoveryId } = ref.generation;
  const generation = `${padded(number, GENERATION_DIGITS)}-${recoveryId}`;
  return `${logPrefix(cluster, ref.logId)}${generation}/${padded(ref.version, VERSION_DIGITS)}.json`;
}

/** Beside the logs, so that nobody takes it for a snapshot. */
export function divergentKey(cluster: ClusterId, ref: SnapshotRef, chainDigest: string): string {
  const { number, recoveryId } = ref.generation;
  const generation = `${padded(number, GENERATION_DIGITS)}-${recoveryId}`;
  const name = `${padded(ref.version, VERSION_DIGITS)}-${chainDigest}`;
  return `clusters/${cluster}/divergent/${ref.logId}/${generation}/${name}.json`;
}

/** The reverse of `documentKey`; `undefined` for a key of something else. */
export function refOfKey(cluster: ClusterId, key: string): SnapshotRef | undefined {
  const prefix = logsPrefix(cluster);
  if (!key.startsWith(prefix)) return undefined;
  const match = /^([^/]+)\/(\d{10,16})-([0-9A-Z]{26})\/(\d{16})\.json$/.exec(key.slice(prefix.length));
  if (match === null) return undefined;
  const [, log = '', number = '', recovery = '', version = ''] = match;
  return {
    logId: asLogId(log),
    generation: { number: Number(number), recoveryId: recoveryId(recovery) },
    version: Number(version),
  };
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
