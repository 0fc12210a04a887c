import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** An error of the file system: one of these codes, or any. */
export function isFileError(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return false;
  return codes.length === 0 || codes.includes(String(error.code));
}

/** Makes the names in a directory durable. */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * `mkdir -p`, with every new name durable: one that a power cut takes away takes its files with it. Node's own recursive
 * one never ends where a parent is there and takes no entries, as in /proc.
 */
export async function makeDirectory(dir: string): Promise<void> {
  if (await makeOne(dir)) return;
  if (dirname(dir) === dir) throw new Error(`${dir} cannot be made`);
  await makeDirectory(dirname(dir));
  if (!(await makeOne(dir))) await mkdir(dir);
}

/** False when its parent is missing. */
async function makeOne(dir: string): Promise<boolean> {
  try {
    await mkdir(dir);
  } catch (error) {
    if (isFileError(error, 'ENOENT')) return false;
    if (isFileError(error, 'EEXIST', 'EROFS', 'EACCES', 'EPERM') && (await isDirectory(dir))) return true;
    throw error;
  }
  await syncDirectory(dirname(dir));
  return true;
}

async function isDirectory(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Writes a new file and its bytes durably; its name becomes durable with its directory. */
export async function writeNewFile(path: string, bytes: Uint8Array | string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Where a file is written before it gets its name. Same file system, never mistaken for a value. */
export function temporaryName(dir: string): string {
  return `${dir}/.${randomUUID()}.tmp`;
}

/**
 * Gives bytes a name that nothing has yet: temporary file, fsync, link, fsync of the directory. A crash leaves either
 * the whole file or a temporary one. `linked` is called once others may see it: a failure after that leaves open
 * whether it stays.
 */
export async function createFile(
  path: string,
  bytes: Uint8Array | string,
  options: { temporaryDir?: string; linked?: () => void } = {},
): Promise<'created' | 'exists'> {
  const temporary = temporaryName(options.temporaryDir ?? dirname(path));
  try {
    await writeNewFile(temporary, bytes);
    const outcome = await linkNew(temporary, path, options.linked);
    // Also for a name that was there: its writer may not have made it durable yet, and ours relies on it now.
    await syncDirectory(dirname(path));
    return outcome;
  } finally {
    await unlink(temporary).catch(() => {});
  }
}

/** A disk or a file server that fails while it links may have linked. */
async function linkNew(from: string, to: string, linked?: () => void): Promise<'created' | 'exists'> {
  try {
    await link(from, to);
  } catch (error) {
    if (isFileError(error, 'EEXIST')) return 'exists';
    if (isFileError(error, 'EIO', 'ESTALE', 'ETIMEDOUT')) linked?.();
    throw error;
  }
  linked?.();
  return 'created';
}

/** Writes or replaces: temporary file, fsync, rename, fsync of the directory. */
export async function replaceFile(path: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = temporaryName(dirname(path));
  try {
    await writeNewFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncDirectory(dirname(path));
}
