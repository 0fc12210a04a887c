import { randomUUID } from 'node:crypto';
import { readdir, readFile, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRepositoryKey } from '../../codec/repositoryKey.ts';
import { DrError, PortError } from '../../core/errors.ts';
import type { Repository, RepositoryGuarantees } from '../../ports/Repository.ts';
import { createFile, isFileError, makeDirectory, replaceFile } from '../wrap/durableFile.ts';
import { probeRepository } from '../wrap/probeRepository.ts';

/** Where files are written before they get their names; on the same file system, and never listed. */
const TEMPORARY = '.tmp';

/** Objects are files below a directory. Durable, and created only where nothing is: a name is *linked*. */
export class FileRepository implements Repository {
  readonly url: string;
  readonly #dir: string;

  /** Use `openFileRepository`. */
  constructor(dir: string) {
    this.#dir = dir;
    this.url = `file://${dir}`;
  }

  putIfAbsent(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    return this.#write(key, (path, linked) => {
      const temporaryDir = join(this.#dir, TEMPORARY);
      return createFile(path, bytes, { temporaryDir, linked });
    });
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#write(key, (path) => replaceFile(path, bytes));
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(this.#pathOf(key));
    } catch (error) {
      if (!isFileError(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) throw translate(`get ${key}`, error);
      await this.#mustBeThere(`get ${key}`);
      return undefined;
    }
  }

  async *list(prefix: string): AsyncIterable<string> {
    await this.#mustBeThere(`list ${prefix}`);
    yield* this.#below('', prefix);
  }

  async delete(key: string): Promise<void> {
    try {
      await unlink(this.#pathOf(key));
    } catch (error) {
      if (!isFileError(error, 'ENOENT', 'ENOTDIR')) throw translate(`delete ${key}`, error);
    }
  }

  probe(): Promise<RepositoryGuarantees> {
    return probeRepository(this, `probe/${randomUUID()}`);
  }

  async close(): Promise<void> {}

  async #write<T>(key: string, write: (path: string, linked: () => void) => Promise<T>): Promise<T> {
    const path = this.#pathOf(key);
    let isVisible = false;
    const linked = () => {
      isVisible = true;
    };
    await this.#mustBeThere(`put ${key}`);
    try {
      await makeDirectory(dirname(path));
      return await write(path, linked);
    } catch (error) {
      throw isVisible ? unknown(`put ${key}`, error) : translate(`put ${key}`, error);
    }
  }

  /** Ascending by the whole key, a directory at a time: only the names of one path are held in memory. */
  async *#below(parent: string, prefix: string): AsyncIterable<string> {
    for (const name of await this.#names(parent)) {
      const key = parent + name;
      if (name.endsWith('/')) {
        if (key.startsWith(prefix) || prefix.startsWith(key)) yield* this.#below(key, prefix);
      } else if (key.startsWith(prefix)) yield key;
    }
  }

  /** Directories end with `/`, so that they sort as their keys do: `a.b` before `a/b`. */
  async #names(parent: string): Promise<string[]> {
    try {
      const entries = await readdir(join(this.#dir, parent), { withFileTypes: true });
      const shown = entries.filter(({ name }) => name !== TEMPORARY && !/^\..*\.tmp$/.test(name));
      return shown.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
    } catch (error) {
      if (isFileError(error, 'ENOENT', 'ENOTDIR')) return [];
      throw translate(`list ${parent}`, error);
    }
  }

  #pathOf(key: string): string {
    if (!isRepositoryKey(key) || key.startsWith(TEMPORARY)) throw new Error(`not a repository key: ${key}`);
    return join(this.#dir, key);
  }

  /** A disk that was pulled out must not look like an empty repository. */
  async #mustBeThere(subject: string): Promise<void> {
    const names = await readdir(join(this.#dir, TEMPORARY)).catch(() => undefined);
    if (names !== undefined) return;
    throw new PortError('unavailable', { subject, message: `${this.#dir} is not there` });
  }
}

/**
 * Opens `file:///dir`; makes it unless `create` is false. A directory that is not there is then no error yet: each
 * call says `unavailable`, so that a lost repository does not stand in the way of a recovery.
 */
export async function openFileRepository(
  url: string,
  options: { readonly create?: boolean } = {},
): Promise<FileRepository> {
  const dir = directoryOf(url);
  try {
    const isThere = options.create !== false || (await readdir(dir).catch(() => undefined)) !== undefined;
    if (isThere) await makeDirectory(join(dir, TEMPORARY));
  } catch (error) {
    throw translate(`open ${url}`, error);
  }
  return new FileRepository(dir);
}

function directoryOf(url: string): string {
  try {
    return fileURLToPath(url).replace(/(?<=.)\/+$/, '');
  } catch (cause) {
    throw new DrError('E_CONFIG', { message: `${url} is not a repository: write file:///directory.`, cause });
  }
}

function unknown(subject: string, cause: unknown): PortError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new PortError('outcomeUnknown', { subject, message, cause });
}

function translate(subject: string, error: unknown): unknown {
  if (!isFileError(error)) return error;
  const isRefused = isFileError(error, 'EACCES', 'EPERM', 'EROFS');
  return new PortError(isRefused ? 'denied' : 'unavailable', {
    subject,
    message: error.message,
    cause: error,
  });
}
