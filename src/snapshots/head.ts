import { decodeJson } from '../codec/metastore.ts';
import { encodeDocument, headSchema } from '../codec/snapshot.ts';
import { isPortError } from '../core/errors.ts';
import type { LogId } from '../core/ids.ts';
import { headKey, type SnapshotRef } from './keys.ts';
import type { SnapshotPlace } from './read.ts';

/** Never fails: the snapshot is there, and the pointer to it is a convenience. */
export async function writeHead(place: SnapshotPlace, ref: SnapshotRef): Promise<void> {
  const { generation, version } = ref;
  try {
    const bytes = encodeDocument({ schemaVersion: 1, generation, version });
    await place.repository.put(headKey(place.clusterId, ref.logId), bytes);
  } catch (error) {
    if (!isPortError(error)) throw error;
  }
}

export async function readHead(place: SnapshotPlace, logId: LogId): Promise<SnapshotRef | undefined> {
  const bytes = await place.repository.get(headKey(place.clusterId, logId));
  const decoded = bytes && decodeJson(headSchema, new TextDecoder().decode(bytes));
  if (!decoded?.ok) return undefined;
  const { generation, version } = decoded.value;
  return { logId, generation, version };
}
