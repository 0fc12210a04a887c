import { readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { type ServerId, serverId } from '../core/ids.ts';
import { createFile, orDiskError } from '../drivers/local/durableFiles.ts';
import { makeDirectory } from '../drivers/wrap/durableFile.ts';
import type { Clock } from '../ports/Clock.ts';
import type { LogServer } from '../ports/LogServer.ts';
import { readGiven } from './given.ts';
import { skewOf } from './serverClock.ts';

const REQUEST_TIMEOUT_MS = 5_000;

/** A LogServer by its address alone. Its id is what it says itself. */
export async function openLogServerAt(url: string, tokenFile: string | undefined): Promise<LogServer> {
  const { HttpLogServer } = await import('../drivers/logserver-http/httpLogServer.ts');
  const token = tokenFile === undefined ? {} : { token: (await readGiven(tokenFile)).trim() };
  const requestTimeoutMs = REQUEST_TIMEOUT_MS;
  return new HttpLogServer({ serverId: serverId('(asked by address)'), url, requestTimeoutMs, ...token });
}

/** How far the clock of a configured server is ahead of ours. */
export async function skewOfServer(config: Config, clock: Clock, id: ServerId): Promise<number | undefined> {
  const url = config.logServers.find((server) => server.id === id)?.url;
  if (url === undefined) return undefined;
  const ca = config.caFile === undefined ? {} : { ca: await readFile(config.caFile, 'utf8') };
  return await skewOf(`${url}/v1/health`, { clock, timeoutMs: config.timeouts.requestMs, ...ca });
}

/** Makes a file there and takes it away again. */
export async function proveWritable(directory: string): Promise<void> {
  await orDiskError(directory, () => makeDirectory(directory));
  const probe = join(directory, `.probe-${process.pid}`);
  await createFile(probe, '');
  await orDiskError(probe, () => unlink(probe));
}
