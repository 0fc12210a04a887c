import {
  decodeSigned,
  encodeDocument,
  repositoryIdentitySchema,
  savedConfigSchema,
  withDigest,
} from '../codec/snapshot.ts';
import { DrError } from '../core/errors.ts';
import { type ClusterId, clusterId } from '../core/ids.ts';
import type { Repository } from '../ports/Repository.ts';
import { createObject } from './create.ts';
import type { SnapshotWriter } from './documents.ts';
import { CLUSTERS_PREFIX, configKey, configPrefix, REPOSITORY_KEY } from './keys.ts';
import type { SnapshotPlace } from './read.ts';

/** The identity that chains name the repository by; `undefined` when it was never given one. */
export async function repositoryIdentity(repository: Repository): Promise<string | undefined> {
  const bytes = await repository.get(REPOSITORY_KEY);
  return bytes && identityIn(repository, bytes);
}

/** Gives the repository an identity unless it has one. Of several who try, one wins and all get its answer. */
export async function ensureRepositoryIdentity(
  repository: Repository,
  { repositoryId, now }: { repositoryId: string; now: number },
): Promise<string> {
  const held = await repositoryIdentity(repository);
  if (held !== undefined) return held;
  const document = withDigest({ schemaVersion: 1, kind: 'repository', repositoryId, createdAt: now });
  const created = await createObject(repository, REPOSITORY_KEY, encodeDocument(document));
  return created.outcome === 'created' ? repositoryId : identityIn(repository, created.bytes);
}

function identityIn(repository: Repository, bytes: Uint8Array): string {
  const decoded = decodeSigned(repositoryIdentitySchema, bytes);
  if (decoded.ok) return decoded.value.repositoryId;
  throw new DrError('E_BAD_SNAPSHOT', {
    message: `${REPOSITORY_KEY} in ${repository.url} cannot be read. ${decoded.problem} Whether this is the repository that the cluster relies on is not known.`,
  });
}

export interface SavedConfig {
  readonly text: string;
  readonly savedAt: number;
}

/** Keeps the cluster's configuration. Nothing is written when the newest one kept is the same. */
export async function saveConfig(writer: SnapshotWriter, text: string): Promise<'saved' | 'there'> {
  if ((await loadConfig(writer))?.text === text) return 'there';
  const document = withDigest({
    schemaVersion: 1,
    kind: 'config',
    clusterId: writer.clusterId,
    savedAt: writer.clock.now(),
    text,
  });
  const key = configKey(writer.clusterId, document.digest);
  await createObject(writer.repository, key, encodeDocument(document));
  return 'saved';
}

/** The clusters that keep something here. For whoever has lost everything but the repository's address. */
export async function clustersIn(repository: Repository): Promise<ClusterId[]> {
  const found = new Set<ClusterId>();
  for await (const key of repository.list(CLUSTERS_PREFIX)) {
    const [, id] = key.split('/');
    if (id !== undefined) found.add(clusterId(id));
  }
  return [...found];
}

/** The configuration saved last, by the clocks of those who saved. Damaged ones are passed over. */
export async function loadConfig(place: SnapshotPlace): Promise<SavedConfig | undefined> {
  let newest: SavedConfig | undefined;
  for await (const key of place.repository.list(configPrefix(place.clusterId))) {
    const bytes = await place.repository.get(key);
    const decoded = bytes && decodeSigned(savedConfigSchema, bytes);
    if (decoded?.ok && decoded.value.savedAt >= (newest?.savedAt ?? 0))
      newest = { text: decoded.value.text, savedAt: decoded.value.savedAt };
  }
  return newest;
}
