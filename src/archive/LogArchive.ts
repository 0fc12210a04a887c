import { type DataManifest, decodeDataManifest } from '../codec/dataManifest.ts';
import { decodeDataObject, encodeDataObject } from '../codec/dataObject.ts';
import { encodeDocument, withDigest } from '../codec/snapshot.ts';
import { type ArchivePlace, type DataObject, OBJECT_BYTES, type Span } from '../core/archive.ts';
import { sha256 } from '../core/canonical.ts';
import type { Segment } from '../core/chain.ts';
import type { Entry } from '../core/entry.ts';
import { isPortError, PortError } from '../core/errors.ts';
import type { ClusterId, LogId, LogletId, Position } from '../core/ids.ts';
import type { Repository } from '../ports/Repository.ts';
import {
  dataOfKey,
  dataPrefix,
  type NamedData,
  objectKey,
  objectOfKey,
  objectsPrefix,
  partKey,
  type SegmentRef,
  segmentKey,
  segmentOfKey,
  segmentsPrefix,
} from './keys.ts';
import { Recent } from './recent.ts';

/** How often a write whose outcome stays unknown is tried before that is said. */
const TRIES = 3;
/** Objects kept decoded: those that a reader is in, and the next. */
const OBJECTS_KEPT = 3;
const MANIFESTS_KEPT = 8;

/**
 * The entries of one cluster's logs in a repository. Objects are immutable, named by their content and created only
 * where nothing is: two who back up the same entries write the same objects. The order of writes is that of
 * docs/formats.md: a manifest after the objects that it names. Every read checks digests. Calls may throw `PortError`.
 */
export class LogArchive {
  readonly repository: Repository;
  readonly clusterId: ClusterId;
  /** An object is cut after the entry that reaches this. */
  readonly objectBytes: number;
  readonly #objects = new Recent<string, readonly Entry[]>(OBJECTS_KEPT);
  readonly #manifests = new Recent<string, DataManifest>(MANIFESTS_KEPT);

  constructor(parts: {
    readonly repository: Repository;
    readonly clusterId: ClusterId;
    readonly objectBytes?: number;
  }) {
    this.repository = parts.repository;
    this.clusterId = parts.clusterId;
    this.objectBytes = parts.objectBytes ?? OBJECT_BYTES;
  }

  /** What is there of a loglet; an object that is listed is whole. */
  async objects(logId: LogId, logletId: LogletId): Promise<DataObject[]> {
    const objects: DataObject[] = [];
    for await (const key of this.repository.list(objectsPrefix(this.clusterId, logId, logletId))) {
      const object = objectOfKey(key);
      if (object !== undefined) objects.push(object);
    }
    return objects;
  }

  /** The whole segments that are there, by index. Names only. */
  async segments(logId: LogId): Promise<SegmentRef[]> {
    const refs: SegmentRef[] = [];
    for await (const key of this.repository.list(segmentsPrefix(this.clusterId, logId))) {
      const ref = segmentOfKey(key);
      if (ref !== undefined) refs.push(ref);
    }
    return refs;
  }

  /** Every name below the data of a log, by what it is. */
  async *names(logId: LogId): AsyncIterable<NamedData> {
    for await (const key of this.repository.list(dataPrefix(this.clusterId, logId))) {
      const named = dataOfKey(key);
      if (named !== undefined) yield { key, ...named };
    }
  }

  /** Idempotent. The caller has made sure that no chain needs it. */
  async remove(key: string): Promise<void> {
    await this.repository.delete(key);
  }

  /** Consecutive entries as one object; durable when it resolves. */
  async putObject(logId: LogId, logletId: LogletId, entries: readonly Entry[]): Promise<DataObject> {
    const span = spanOf(entries);
    const bytes = encodeDataObject({ clusterId: this.clusterId, logId, logletId, ...span }, entries);
    const object = { ...span, sizeBytes: bytes.length, sha256: sha256(bytes) };
    await this.#create(objectKey(this.clusterId, logId, logletId, object), bytes);
    return object;
  }

  /** Reads an object and checks all that can be checked. `corrupt` when it is not what its name says. */
  async readObject(logId: LogId, logletId: LogletId, object: DataObject): Promise<readonly Entry[]> {
    const key = objectKey(this.clusterId, logId, logletId, object);
    return await this.#objects.get(key, async () => {
      const bytes = await this.repository.get(key);
      if (bytes === undefined) throw gone(key);
      const { clusterId } = this;
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      return named(key, () => decodeDataObject(buffer, { clusterId, logId, logletId, ...object }));
    });
  }

  /** What says that a segment is held; its objects are durable before. */
  async putManifest(
    logId: LogId,
    segment: Pick<Segment, 'index' | 'logletId' | 'start'> & { readonly end: Position },
    held: { readonly spans: readonly Span[]; readonly objects: readonly DataObject[] },
  ): Promise<DataManifest> {
    const { index, logletId, start, end } = segment;
    const manifest = withDigest({
      schemaVersion: 1 as const,
      kind: 'data' as const,
      clusterId: this.clusterId,
      ...{ logId, logletId, index, start, end },
      spans: held.spans.map(({ from, to }) => ({ from, to })),
      objects: held.objects.map(({ from, to, sizeBytes, sha256 }) => ({ from, to, sizeBytes, sha256 })),
    });
    await this.#create(manifestKey(this.clusterId, manifest), encodeDocument(manifest));
    return manifest;
  }

  /** The manifest that a chain names. */
  async manifestAt(logId: LogId, segment: Segment, place: ArchivePlace): Promise<DataManifest> {
    const { index, logletId, start, end = start } = segment;
    const shape = { logId, logletId, index, end, spans: place.spans, digest: place.manifest };
    return await this.manifest(manifestKey(this.clusterId, shape), place.manifest);
  }

  async manifestOf(logId: LogId, ref: SegmentRef): Promise<DataManifest> {
    return await this.manifest(segmentKey(this.clusterId, logId, ref), ref.digest);
  }

  async manifest(key: string, digest: string): Promise<DataManifest> {
    return await this.#manifests.get(key, async () => {
      const bytes = await this.repository.get(key);
      if (bytes === undefined) throw gone(key);
      const decoded = decodeDataManifest(bytes);
      if (decoded.ok && decoded.value.digest === digest) return decoded.value;
      throw new PortError('corrupt', {
        subject: `read ${key}`,
        message: decoded.ok ? 'It is another manifest than its name says.' : decoded.problem,
      });
    });
  }

  /** Content-addressed: whoever was quicker wrote the same. */
  async #create(key: string, bytes: Uint8Array): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.repository.putIfAbsent(key, bytes);
        return;
      } catch (error) {
        if (!isPortError(error, 'outcomeUnknown') || tries === TRIES) throw error;
      }
    }
  }
}

/** A whole segment has a name that tells so. */
function manifestKey(
  cluster: ClusterId,
  manifest: Pick<DataManifest, 'logId' | 'logletId' | 'index' | 'end' | 'digest'> & {
    readonly spans: readonly Span[];
  },
): string {
  const { logId, logletId, index, end, spans, digest } = manifest;
  const [first] = spans;
  const isWhole = spans.length === 1 && first?.to === end;
  return isWhole
    ? segmentKey(cluster, logId, { index, logletId, from: first.from, end, digest })
    : partKey(cluster, logId, logletId, digest);
}

function spanOf(entries: readonly Entry[]): Span {
  const first = entries[0];
  if (first === undefined) throw new Error('an object without entries');
  return { from: first.position, to: first.position + BigInt(entries.length) };
}

function named<T>(key: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!isPortError(error)) throw error;
    throw new PortError(error.failure, { subject: `read ${key}`, message: error.message, cause: error });
  }
}

function gone(key: string): PortError {
  return new PortError('notFound', { subject: `read ${key}`, message: 'it is not there' });
}
