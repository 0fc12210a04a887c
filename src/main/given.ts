import { access, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '../core/errors.ts';
import type { InventoryItem } from '../ports/LogServer.ts';

/** Files and directories that a user named on the command line. */

export async function readGiven(file: string): Promise<string> {
  return await orUsageError(file, () => readFile(file, 'utf8'));
}

/** The file itself, or the files of a directory; hidden and temporary ones left out. */
export async function filesAt(path: string): Promise<string[]> {
  return await orUsageError(path, async () => {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => join(path, entry.name))
      .sort();
  });
}

export async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** The inventory of a server that does not run. */
export async function* inventoryOf(dataDir: string): AsyncGenerator<InventoryItem> {
  const [{ openStoreReadOnly }, { owner }] = await Promise.all([
    import('../logserver/lmdb/readOnly.ts'),
    import('./ownership.ts'),
  ]);
  const store = await openStoreReadOnly(dataDir, owner);
  try {
    yield* store.inventory();
  } finally {
    await store.close();
  }
}

async function orUsageError<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new DrError('E_USAGE', {
      message: `${path} cannot be read. Nothing was done.`,
      hint: 'Check the path.',
      context: { path },
      cause,
    });
  }
}
