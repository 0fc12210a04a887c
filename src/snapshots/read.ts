import { decodeLogDocument, type LogDocument, type SnapshotDocument } from '../codec/snapshot.ts';
import { compareGenerations, sameGeneration } from '../core/generation.ts';
import type { ClusterId, LogId } from '../core/ids.ts';
import type { Repository } from '../ports/Repository.ts';
import { documentKey, logPrefix, logsPrefix, refOfKey, type SnapshotRef } from './keys.ts';

/** Where a cluster's snapshots are. */
export interface SnapshotPlace {
  readonly repository: Repository;
  readonly clusterId: ClusterId;
}

/** A document that is there, or why what is there is none. A broken one never hides the others. */
export type Found =
  | { readonly ref: SnapshotRef; readonly document: LogDocument; readonly sizeBytes: number }
  | { readonly ref: SnapshotRef; readonly problem: string };

export type SnapshotItem =
  | { readonly ref: SnapshotRef; readonly document: SnapshotDocument; readonly sizeBytes: number }
  | { readonly ref: SnapshotRef; readonly problem: string };

/** `undefined` when nothing has the key. */
export async function findDocument(place: SnapshotPlace, ref: SnapshotRef): Promise<Found | undefined> {
  const bytes = await place.repository.get(documentKey(place.clusterId, ref));
  return bytes && examine(place, ref, bytes);
}

/** Checks digests, and that the document says itself what its key says of it. */
export function examine(place: SnapshotPlace, ref: SnapshotRef, bytes: Uint8Array): Found {
  const decoded = decodeLogDocument(bytes);
  if (!decoded.ok) return { ref, problem: decoded.problem };
  const document = decoded.value;
  const isOurs =
    document.clusterId === place.clusterId &&
    document.logId === ref.logId &&
    document.version === ref.version &&
    sameGeneration(document.generation, ref.generation);
  return isOurs
    ? { ref, document, sizeBytes: bytes.length }
    : { ref, problem: 'It is the document of another key: it was moved or copied here.' };
}

/** Every document of a log, by generation and version. Only the keys are held in memory. */
export async function documentRefs(place: SnapshotPlace, logId: LogId): Promise<SnapshotRef[]> {
  const refs: SnapshotRef[] = [];
  for await (const key of place.repository.list(logPrefix(place.clusterId, logId))) {
    const ref = refOfKey(place.clusterId, key);
    if (ref !== undefined) refs.push(ref);
  }
  return refs.sort(byPlace);
}

export function byPlace(a: SnapshotRef, b: SnapshotRef): number {
  return compareGenerations(a.generation, b.generation) || a.version - b.version;
}

/** Every document of a log, oldest first, read and checked one by one. */
export async function* documents(place: SnapshotPlace, logId: LogId): AsyncIterable<Found> {
  for (const ref of await documentRefs(place, logId)) {
    const found = await findDocument(place, ref);
    if (found !== undefined) yield found;
  }
}

/** A broken document counts as a snapshot: nothing says that it was something less. */
export function asSnapshot(found: Found): SnapshotItem | undefined {
  if ('problem' in found) return found;
  const { document } = found;
  return document.kind === 'snapshot' ? { ...found, document } : undefined;
}

/** The newest snapshot of the highest generation, broken or not. */
export async function newestSnapshot(place: SnapshotPlace, logId: LogId): Promise<SnapshotItem | undefined> {
  const refs = await documentRefs(place, logId);
  for (const ref of refs.reverse()) {
    const found = ref.version === 0 ? undefined : await findDocument(place, ref);
    const item = found && asSnapshot(found);
    if (item !== undefined) return item;
  }
  return undefined;
}

/** The last sound snapshot among these; broken ones are passed over. */
export async function lastSnapshotOf(
  place: SnapshotPlace,
  refs: readonly SnapshotRef[],
): Promise<SnapshotDocument | undefined> {
  for (const ref of refs.toReversed()) {
    const found = ref.version === 0 ? undefined : await findDocument(place, ref);
    const item = found && asSnapshot(found);
    if (item !== undefined && 'document' in item) return item.document;
  }
  return undefined;
}

/** The logs that the repository knows something of. */
export async function* loggedIds(place: SnapshotPlace): AsyncIterable<LogId> {
  let last: LogId | undefined;
  for await (const key of place.repository.list(logsPrefix(place.clusterId))) {
    const ref = refOfKey(place.clusterId, key);
    if (ref === undefined || ref.logId === last) continue;
    last = ref.logId;
    yield last;
  }
}
