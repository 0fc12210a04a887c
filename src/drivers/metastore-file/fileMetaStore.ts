import { readdir, readFile, unlink } from 'node:fs/promises';
import { toJson } from '../../codec/common.ts';
import { decodeJson, encodeRegister, metaStoreIdentitySchema } from '../../codec/metastore.ts';
import type { Chain, ChainIdentity } from '../../core/chain.ts';
import { DrError, PortError } from '../../core/errors.ts';
import type { ClusterId, LogId } from '../../core/ids.ts';
import type { CompareAndSetOutcome, MetaStore, MetaStoreHealth } from '../../ports/MetaStore.ts';
import { holds, placeAfter } from '../wrap/chainOrder.ts';
import { createFile, isFileError, makeDirectory, syncDirectory, temporaryName } from '../wrap/durableFile.ts';
import { DirectoryChanges } from './changes.ts';
import {
  highestRevision,
  identityPath,
  logsPath,
  mustBeThere,
  namesIn,
  readRevision,
  registerPath,
  revisionPath,
} from './layout.ts';

/**
 * Registers in a directory of one machine; several processes may share it, without a lock. A value is a file whose
 * number is one more than the last, and it is *linked* to that number: of several who extend the same value, one
 * succeeds. A crash leaves a whole value or a temporary file. A value is served only once its name is durable.
 */
export class FileMetaStore implements MetaStore {
  readonly description;
  readonly #dir: string;
  /** The highest revision whose name is known to be durable. */
  readonly #durable = new Map<LogId, number>();
  #clusterId: ClusterId | undefined;

  /** Use `openFileMetaStore`. */
  constructor(dir: string) {
    this.#dir = dir;
    this.description = { kind: 'file', endpoints: [dir] };
  }

  get(logId: LogId): Promise<Chain | undefined> {
    return translated(`get ${logId}`, () => this.#current(logId));
  }

  list(): Promise<LogId[]> {
    return translated('list', async () => {
      const logs: LogId[] = [];
      for (const name of (await readdir(logsPath(this.#dir))).sort() as LogId[])
        if (!name.startsWith('.') && (await this.#highest(name)) > 0) logs.push(name);
      return logs;
    });
  }

  async compareAndSet(
    logId: LogId,
    expected: ChainIdentity | undefined,
    chain: Chain,
  ): Promise<CompareAndSetOutcome> {
    const text = encodeRegister(logId, chain);
    let isVisible = false;
    const linked = () => {
      isVisible = true;
    };
    try {
      await this.#mustBelongTo(chain.clusterId);
      const register = await this.#prepare(logId);
      const highest = await this.#highest(logId);
      const current = highest > 0 ? await readRevision(register, logId, highest) : undefined;
      if (!holds(current, expected)) return { outcome: 'conflict', current };
      const outcome = await createFile(revisionPath(register, highest + 1), text, { linked });
      if (outcome === 'exists') return { outcome: 'conflict', current: await this.#current(logId) };
      return { outcome: 'installed' };
    } catch (error) {
      throw translate(`compareAndSet ${logId}`, error, isVisible);
    }
  }

  /** Writes, links and makes durable a file beside the values, and takes it away again. */
  proveWritable(logId: LogId): Promise<void> {
    return translated(`prove writable ${logId}`, async () => {
      const register = await this.#prepare(logId);
      await this.#current(logId);
      const probe = temporaryName(register);
      await createFile(probe, 'a probe');
      await unlink(probe);
    });
  }

  async *watch(logId: LogId, after: ChainIdentity | undefined, signal: AbortSignal): AsyncIterable<Chain> {
    const register = registerPath(this.#dir, logId);
    const changes = new DirectoryChanges(register, signal);
    const read = (revision: number) =>
      translated(`watch ${logId}`, () => readRevision(register, logId, revision));
    try {
      let seen = await placeAfter(after, await this.#highestNow(logId), (place) => read(place + 1));
      while (!signal.aborted) {
        const highest = await this.#highestNow(logId);
        // Fewer than were seen: the directory was lost and begun anew.
        if (highest < seen) seen = 0;
        while (seen < highest && !signal.aborted) {
          seen += 1;
          yield await read(seen);
        }
        if (!signal.aborted) await changes.next();
      }
    } finally {
      changes.close();
    }
  }

  async *history(logId: LogId): AsyncIterable<Chain> {
    const register = registerPath(this.#dir, logId);
    const highest = await this.#highestNow(logId);
    for (let revision = 1; revision <= highest; revision += 1)
      yield await translated(`history ${logId}`, () => readRevision(register, logId, revision));
  }

  async health(): Promise<MetaStoreHealth> {
    const member = { id: 'file', endpoint: this.#dir };
    try {
      await this.list();
      return { health: 'ok', members: [{ ...member, state: 'ok' }] };
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      return { health: 'lost', members: [{ ...member, state: 'unreachable', detail }] };
    }
  }

  async close(): Promise<void> {}

  async #current(logId: LogId): Promise<Chain | undefined> {
    const highest = await this.#highest(logId);
    return highest === 0 ? undefined : readRevision(registerPath(this.#dir, logId), logId, highest);
  }

  #highestNow(logId: LogId): Promise<number> {
    return translated(`read ${logId}`, () => this.#highest(logId));
  }

  /** Another process may have linked a value and not have made it durable: whoever acts on it does that first. */
  async #highest(logId: LogId): Promise<number> {
    const register = registerPath(this.#dir, logId);
    const known = this.#durable.get(logId) ?? 0;
    const highest = await highestRevision(register, known);
    if (highest === 0) await mustBeThere(this.#dir);
    if (highest > 0 && highest !== known) {
      await syncDirectory(register);
      await syncDirectory(logsPath(this.#dir));
    }
    this.#durable.set(logId, highest);
    return highest;
  }

  async #prepare(logId: LogId): Promise<string> {
    const register = registerPath(this.#dir, logId);
    await mustBeThere(this.#dir);
    await makeDirectory(register);
    return register;
  }

  /** The first value says whose registers these are; no other cluster's are ever put among them. */
  async #mustBelongTo(clusterId: ClusterId): Promise<void> {
    this.#clusterId ??= await readIdentity(this.#dir);
    if (this.#clusterId === undefined) {
      await createFile(identityPath(this.#dir), toJson({ schemaVersion: 1, clusterId }));
      this.#clusterId = await readIdentity(this.#dir);
    }
    if (this.#clusterId !== clusterId) throw wrongCluster(this.#dir, this.#clusterId, clusterId);
  }
}

/**
 * Opens or makes a directory of registers. Throws `E_WRONG_CLUSTER` when it is known to be another cluster's, and
 * `PortError` when it cannot be used.
 */
export function openFileMetaStore(options: {
  readonly dir: string;
  readonly clusterId?: ClusterId;
}): Promise<FileMetaStore> {
  const { dir, clusterId } = options;
  return translated(`open ${dir}`, async () => {
    await makeDirectory(logsPath(dir));
    const held = await readIdentity(dir);
    if (held !== undefined && clusterId !== undefined && held !== clusterId)
      throw wrongCluster(dir, held, clusterId);
    return new FileMetaStore(dir);
  });
}

async function readIdentity(dir: string): Promise<ClusterId | undefined> {
  if (!(await namesIn(dir)).includes('metastore.json')) return undefined;
  const decoded = decodeJson(metaStoreIdentitySchema, await readFile(identityPath(dir), 'utf8'));
  if (decoded.ok) return decoded.value.clusterId;
  throw new PortError('corrupt', {
    subject: `MetaStore ${dir}`,
    message: `metastore.json is damaged. ${decoded.problem} The registers were not touched.`,
  });
}

function wrongCluster(dir: string, held: ClusterId | undefined, asked: ClusterId): DrError {
  return new DrError('E_WRONG_CLUSTER', {
    message: `The MetaStore in ${dir} belongs to cluster ${held}, not to ${asked}. Nothing was written.`,
    context: { held, asked },
  });
}

async function translated<T>(subject: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translate(subject, error, false);
  }
}

/** `isVisible`: the value had its name already when the disk failed. */
function translate(subject: string, error: unknown, isVisible: boolean): unknown {
  if (!isFileError(error) && !isVisible) return error;
  if (error instanceof PortError || error instanceof DrError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (isVisible) return new PortError('outcomeUnknown', { subject, message, cause: error });
  const isRefused = isFileError(error, 'EACCES', 'EPERM', 'EROFS');
  return new PortError(isRefused ? 'denied' : 'unavailable', { subject, message, cause: error });
}
