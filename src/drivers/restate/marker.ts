import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '../../codec/restate/value.ts';
import { DrError } from '../../core/errors.ts';
import type { OfflineMarker } from '../../core/restate/evidence.ts';

/** Written once into a new log-store, in RocksDB's own files: found without opening a database that is not ours. */
const NODE_MARK = /\{"id":(\d{1,9}),"created_at":"[^"]{1,64}"\}/g;
/** The mark is shorter: what is carried over to the next chunk so that none is cut in two. */
const MARK_BYTES = 128;
const CLUSTER_MARK = '.cluster-marker';

/**
 * Whose a stopped node's directory is. `directory` is Restate's `base-dir`, or the node's own directory in it. Reads
 * only; throws `E_USAGE` where there is no node's directory.
 */
export async function readMarker(directory: string): Promise<OfflineMarker> {
  const nodeDir = await nodeDirectory(directory);
  const [cluster, nodeId, partitions] = await Promise.all([
    clusterMark(nodeDir),
    nodeMark(join(nodeDir, 'log-store')),
    partitionsIn(join(nodeDir, 'db')),
  ]);
  return {
    ...cluster,
    ...(partitions === undefined ? {} : { partitions }),
    ...(nodeId === undefined ? {} : { nodeId }),
    nodeName: nodeDir.split('/').at(-1) ?? '',
  };
}

/** The node's own directory: where its stores are. */
export async function nodeDirectory(directory: string): Promise<string> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause: unknown) => {
    throw noNode(directory, cause);
  });
  if (entries.some(({ name }) => name === CLUSTER_MARK || name === 'log-store')) return directory;
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const inner = await readdir(join(directory, entry.name));
    if (inner.includes(CLUSTER_MARK) || inner.includes('log-store')) return join(directory, entry.name);
  }
  throw noNode(directory);
}

function noNode(directory: string, cause?: unknown): DrError {
  return new DrError('E_USAGE', {
    message: `${directory} is no data directory of a Restate node. Nothing was read or changed.`,
    hint: "Give the node's `base-dir`, or the directory with the node's name in it.",
    context: { directory },
    ...(cause === undefined ? {} : { cause }),
  });
}

async function clusterMark(nodeDir: string): Promise<Pick<OfflineMarker, 'clusterName' | 'fingerprint'>> {
  const text = await readFile(join(nodeDir, CLUSTER_MARK), 'utf8').catch(() => undefined);
  if (text === undefined) return {};
  const mark = parseJson(text);
  if (typeof mark !== 'object' || mark === null || Array.isArray(mark)) return {};
  const { cluster_name: name, cluster_fingerprint: fingerprint } = mark as Readonly<Record<string, unknown>>;
  return {
    ...(typeof name === 'string' ? { clusterName: name } : {}),
    ...(typeof fingerprint === 'bigint' ? { fingerprint } : {}),
  };
}

async function nodeMark(logStore: string): Promise<number | undefined> {
  const files = await readdir(logStore).catch((): string[] => []);
  const found = new Set<number>();
  for (const file of files.filter((name) => /\.(log|sst)$/.test(name)).sort())
    for await (const id of marksIn(join(logStore, file))) found.add(id);
  if (found.size <= 1) return [...found][0];
  throw new DrError('E_CORRUPT', {
    message: `${logStore} says of itself that it is of the nodes ${[...found].join(' and ')}. It was not used, and not changed.`,
    context: { logStore },
  });
}

/** RocksDB writes down, as text, which column families there are, at every change of them: one for each partition. */
const PARTITION = /^\[CFOptions "data-(\d{1,9})"\]$/gm;

async function partitionsIn(partitionStore: string): Promise<readonly number[] | undefined> {
  const files = await readdir(partitionStore).catch((): string[] => []);
  const newest = files
    .filter((name) => /^OPTIONS-\d+$/.test(name))
    .sort()
    .at(-1);
  if (newest === undefined) return undefined;
  // It may be replaced at this moment: then nobody knows.
  const text = await readFile(join(partitionStore, newest), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  return [...text.matchAll(PARTITION)].map(([, id]) => Number(id)).sort((a, b) => a - b);
}

/** Records are text only here and there: bytes are read as Latin-1, where every byte is a character. */
async function* marksIn(file: string): AsyncIterable<number> {
  let rest = '';
  for await (const chunk of createReadStream(file)) {
    const text = rest + (chunk as Buffer).toString('latin1');
    for (const match of text.matchAll(NODE_MARK)) yield Number(match[1]);
    rest = text.slice(-MARK_BYTES);
  }
}
