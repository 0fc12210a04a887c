import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { serverId } from '../core/ids.ts';
import { createFile, orDiskError } from '../drivers/local/durableFiles.ts';
import { makeDirectory } from '../drivers/wrap/durableFile.ts';
import type { LogServer } from '../ports/LogServer.ts';
import { readGiven } from './given.ts';

const REQUEST_TIMEOUT_MS = 5_000;

/** A LogServer by its address alone. Its id is what it says itself. */
export async function openLogServerAt(url: string, tokenFile: string | undefined): Promise<LogServer> {
  const { HttpLogServer } = await import('../drivers/logserver-http/httpLogServer.ts');
  const token = tokenFile === undefined ? {} : { token: (await readGiven(tokenFile)).trim() };
  const requestTimeoutMs = REQUEST_TIMEOUT_MS;
  return new HttpLogServer({ serverId: serverId('(asked by address)'), url, requestTimeoutMs, ...token });
}

/** Makes a file there and takes it away again. */
export async function proveWritable(directory: string): Promise<void> {
  await orDiskError(directory, () => makeDirectory(directory));
  const probe = join(directory, `.probe-${process.pid}`);
  await createFile(probe, '');
  await orDiskError(probe, () => unlink(probe));
}
