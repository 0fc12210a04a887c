import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DrError } from '../../core/errors.ts';

/** Writes the file whole or not at all: temporary file, fsync, rename, fsync of the directory. */
export async function replaceFile(path: string, content: string): Promise<void> {
  await throughTemporary(path, content, (temporary) => rename(temporary, path));
}

/** As `replaceFile`, but answers `false` and changes nothing when the file is there. */
export async function createFile(path: string, content: string): Promise<boolean> {
  let created = true;
  await throughTemporary(path, content, async (temporary) => {
    try {
      // `link` refuses an existing name where `rename` would overwrite it.
      await link(temporary, path);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
      created = false;
    }
    await unlink(temporary);
  });
  return created;
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

let temporaries = 0;

async function throughTemporary(
  path: string,
  content: string,
  publish: (temporary: string) => Promise<void>,
): Promise<void> {
  temporaries += 1;
  const temporary = `${path}.${process.pid}-${temporaries}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    await writeAndSync(file, content);
    await publish(temporary);
    await syncDirectory(dirname(path));
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    throw diskError(path, cause);
  }
}

async function writeAndSync(file: FileHandle, content: string): Promise<void> {
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

export function diskError(path: string, cause: unknown): DrError {
  const reason = errorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
  return new DrError('E_DISK', {
    message: `${path} could not be written (${reason}). What it held before is unchanged.`,
    context: { path, reason },
    cause,
  });
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** For files that a user named: an existing one is never overwritten. */
export async function createNewFile(path: string, content: string): Promise<void> {
  if (await createFile(path, content)) return;
  throw new DrError('E_EXISTS', {
    message: `${path} exists. It was not changed.`,
    hint: 'Choose another name, or move it away.',
    context: { path },
  });
}
