import type { NamedData } from '../../archive/keys.ts';
import type { LogArchive } from '../../archive/LogArchive.ts';
import type { DataManifest } from '../../codec/dataManifest.ts';
import type { BackupsVerifyResult, HistoryProblem } from '../../codec/results/backup.ts';
import type { Chain } from '../../core/chain.ts';
import { isPortError } from '../../core/errors.ts';
import type { LogId } from '../../core/ids.ts';

export interface DataVerdict {
  readonly data: NonNullable<BackupsVerifyResult['logs'][number]['data']>;
  readonly problems: HistoryProblem[];
}

/**
 * Reads every object and manifest of a log and holds it against its digest; then, that everything is there which a
 * manifest, or the chain in the register, names. Writes nothing. One object in memory at a time.
 */
export async function verifyData(
  archive: LogArchive,
  logId: LogId,
  chain: Chain | undefined,
): Promise<DataVerdict> {
  const data = { manifests: 0, objects: 0, bytes: 0 };
  const problems: HistoryProblem[] = [];
  const say = (id: string, message: string) => problems.push({ kind: 'data', id, message });
  const there = new Set<string>();
  const digests = new Set<string>();
  const manifests: { readonly key: string; readonly manifest: DataManifest }[] = [];
  for await (const named of archive.names(logId)) {
    try {
      const manifest = await readNamed(archive, logId, named);
      if (manifest !== undefined) {
        data.manifests += 1;
        manifests.push({ key: named.key, manifest });
        digests.add(manifest.digest);
      } else if (named.kind === 'object') {
        data.objects += 1;
        data.bytes += named.object.sizeBytes;
      }
    } catch (error) {
      if (!isPortError(error, 'corrupt', 'notFound')) throw error;
      say(named.key, `It cannot be used: ${error.message}.`);
    }
    if (named.kind === 'object') there.add(`${named.logletId} ${named.object.sha256}`);
  }
  for (const { key, manifest } of manifests)
    for (const { sha256, from, to } of manifest.objects)
      if (!there.has(`${manifest.logletId} ${sha256}`))
        say(key, `The object that it names for ${from} to ${to} is not there.`);
  for (const { archive: place, index } of chain?.segments ?? [])
    if (place !== undefined && !digests.has(place.manifest))
      say(
        `${logId}`,
        `Segment ${index} is read from here by manifest ${place.manifest}, which is not there or damaged.`,
      );
  return { data, problems };
}

/** `undefined`: a sound object. */
async function readNamed(
  archive: LogArchive,
  logId: LogId,
  named: NamedData,
): Promise<DataManifest | undefined> {
  switch (named.kind) {
    case 'object':
      await archive.readObject(logId, named.logletId, named.object);
      return undefined;
    case 'segment':
      return await archive.manifest(named.key, named.ref.digest);
    case 'part':
      return await archive.manifest(named.key, named.digest);
  }
}
