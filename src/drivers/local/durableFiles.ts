import { DrError } from '../../core/errors.ts';
import * as durable from '../wrap/durableFile.ts';

/** Writes the file whole or not at all, durably. Throws `E_DISK`. */
export function replaceFile(path: string, content: string): Promise<void> {
  return orDiskError(path, () => durable.replaceFile(path, content));
}

/** As `replaceFile`, but answers `false` and changes nothing when the file is there. */
export async function createFile(path: string, content: string): Promise<boolean> {
  return (await orDiskError(path, () => durable.createFile(path, content))) === 'created';
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

export async function orDiskError<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    throw diskError(path, cause);
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
