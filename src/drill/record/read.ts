import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeJson } from '../../codec/metastore.ts';
import {
  type DrillManifest,
  type DrillResult,
  drillManifestSchema,
  drillResultSchema,
} from '../../codec/results/drill.ts';
import { sha256 } from '../../core/canonical.ts';
import { DrError } from '../../core/errors.ts';
import { errorCode } from '../../drivers/local/durableFiles.ts';

export interface CheckedRecord {
  readonly record: string;
  /** Whole sentences: why it is not what was written. */
  readonly problems: readonly string[];
  /** Absent when it cannot be read. */
  readonly result?: DrillResult;
}

export function manifestOf(record: string): string {
  return join(record, 'manifest.json');
}

/** Names of the records of a directory, oldest first. */
export async function recordsIn(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries
      .filter((one) => one.isDirectory() && /^\d{8}T\d{9}Z-/.test(one.name))
      .map((one) => one.name)
      .sort();
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return [];
    throw new DrError('E_USAGE', {
      message: `${directory} cannot be read (${errorCode(cause) ?? String(cause)}). Nothing was done.`,
      cause,
    });
  }
}

/** Every record of the directory, each held against its manifest, and the manifests against each other. */
export async function checkRecords(directory: string): Promise<CheckedRecord[]> {
  const checked: CheckedRecord[] = [];
  let before: { readonly record: string; readonly digest: string | undefined } | undefined;
  for (const record of await recordsIn(directory)) {
    const { digest, previous, ...found } = await checkRecord(join(directory, record), record);
    const broken = before === undefined ? previous !== null : previous !== before.digest;
    const isLinked = digest === undefined || !broken;
    const missing =
      before === undefined
        ? 'It follows a record that is not here.'
        : `It does not follow ${before.record}: one between them is gone, or that one was changed.`;
    checked.push({ ...found, problems: [...found.problems, ...(isLinked ? [] : [missing])] });
    before = { record, digest };
  }
  return checked;
}

interface Unlinked extends CheckedRecord {
  readonly digest: string | undefined;
  readonly previous: string | null;
}

async function checkRecord(path: string, record: string): Promise<Unlinked> {
  const text = await readFile(manifestOf(path)).catch(() => undefined);
  if (text === undefined)
    return unusable(record, 'It has no manifest: it was cut short, or it was taken away.');
  const manifest = decodeJson(drillManifestSchema, text.toString());
  if (!manifest.ok) return unusable(record, `Its manifest cannot be read: ${manifest.problem}`);
  const { value } = manifest;
  const problems = value.record === record ? [] : [`Its manifest is of ${value.record}.`];
  problems.push(...(await differences(path, value)));
  const result = await resultIn(path);
  if (result === undefined) problems.push('Its result cannot be read.');
  const digest = sha256(text);
  return { record, problems, digest, previous: value.previous, ...(result !== undefined && { result }) };
}

function unusable(record: string, problem: string): Unlinked {
  return { record, problems: [problem], digest: undefined, previous: null };
}

async function differences(path: string, manifest: DrillManifest): Promise<string[]> {
  const expected = new Set(['manifest.json', ...manifest.files.map((file) => file.name)]);
  const strange = (await readdir(path)).filter((name) => !expected.has(name));
  const problems = strange.map((name) => `${name} is not in its manifest.`);
  for (const { name, sha256: digest } of manifest.files) {
    const bytes = await readFile(join(path, name)).catch(() => undefined);
    if (bytes === undefined) problems.push(`${name} is gone.`);
    else if (sha256(bytes) !== digest) problems.push(`${name} was changed.`);
  }
  return problems;
}

async function resultIn(path: string): Promise<DrillResult | undefined> {
  const text = await readFile(join(path, 'result.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const decoded = decodeJson(drillResultSchema, text);
  return decoded.ok ? decoded.value : undefined;
}
