import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toJson } from '../../codec/common.ts';
import { type DrillManifest, drillManifestSchema } from '../../codec/results/drill.ts';
import { sha256 } from '../../core/canonical.ts';
import { createNewFile, orDiskError } from '../../drivers/local/durableFiles.ts';
import { syncDirectory } from '../../drivers/wrap/durableFile.ts';
import { manifestOf, recordsIn } from './read.ts';

export interface RecordFile {
  readonly name: string;
  readonly text: string;
}

/**
 * One directory for each run under `directory`. Files first, then the manifest that names them and the manifest
 * before: a record without a manifest was cut short, one whose files differ from it was changed, and one that is
 * missing from the line was taken away.
 */
export async function writeRecord(
  directory: string,
  { name, files }: { readonly name: string; readonly files: readonly RecordFile[] },
): Promise<string> {
  await orDiskError(directory, () => mkdir(directory, { recursive: true }));
  const previous = await newestManifest(directory);
  const path = join(directory, name);
  await orDiskError(path, () => mkdir(path));
  for (const file of files) await createNewFile(join(path, file.name), file.text);
  const manifest: DrillManifest = {
    schemaVersion: 1,
    record: name,
    previous,
    files: files.map((file) => ({
      name: file.name,
      bytes: Buffer.byteLength(file.text),
      sha256: sha256(Buffer.from(file.text)),
    })),
  };
  await createNewFile(join(path, 'manifest.json'), `${toJson(drillManifestSchema.parse(manifest), 2)}\n`);
  await orDiskError(path, () => syncDirectory(path));
  return path;
}

/** Names begin with the time: the last one is the newest. */
async function newestManifest(directory: string): Promise<string | null> {
  const newest = (await recordsIn(directory)).at(-1);
  if (newest === undefined) return null;
  return sha256(await readFile(manifestOf(join(directory, newest))));
}

/** `20261125T225613123Z-lost-metastore-42` */
export function recordName(at: number, scenario: string, seed: number): string {
  const moment = new Date(at).toISOString().replace(/[-:.]/g, '');
  return `${moment}-${scenario}-${seed}`;
}
