import { readFile } from 'node:fs/promises';
import type { App, LogServerLaunch } from '../cli/app.ts';
import { DrError } from '../core/errors.ts';
import { clusterId, serverId } from '../core/ids.ts';
import { systemClock } from '../drivers/local/clock.ts';
import { systemRandom } from '../drivers/local/random.ts';
import type { Reporter } from '../ports/Reporter.ts';

/** `serve logserver`: a store behind an address, with a sequencer for the loglets that are assigned to it. */
export async function serveLogServer(
  launch: LogServerLaunch,
  around: { readonly version: string; readonly reporter: Reporter },
): ReturnType<App['serveLogServer']> {
  const [{ startLogServer }, { Peers }, { ownership }] = await Promise.all([
    import('../logserver/server.ts'),
    import('./peers.ts'),
    import('./ownership.ts'),
  ]);
  const peers = launch.peersFile === undefined ? undefined : new Peers(launch.peersFile);
  await peers?.load();
  const { dataDir, location, format, host, port } = launch;
  const server = await startLogServer({
    ...{ dataDir, location, format, host, port },
    serverId: serverId(launch.serverId),
    clusterId: clusterId(launch.clusterId),
    connect: (id) => peers?.connect(id),
    clock: systemClock,
    random: systemRandom(),
    owner: await ownership(),
    software: `vlog-dr ${around.version}`,
    report: (failure) =>
      around.reporter.warn(failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)),
    ...(await credentialsOf(launch)),
  });
  const stop = async () => {
    await server.stop();
    await peers?.disconnect();
  };
  return { url: server.url, facts: { serverId: server.serverId, storeId: server.storeId }, stop };
}

/** `serve metastore`: a directory of registers behind an address. */
export const serveMetaStore: App['serveMetaStore'] = async (launch) => {
  const [{ openFileMetaStore }, { startMetaStoreServer }] = await Promise.all([
    import('../drivers/metastore-file/fileMetaStore.ts'),
    import('../metastore-server/server.ts'),
  ]);
  const id = launch.clusterId === undefined ? {} : { clusterId: clusterId(launch.clusterId) };
  const store = await openFileMetaStore({ dir: launch.dir, ...id });
  const server = await startMetaStoreServer({
    store,
    clock: systemClock,
    host: launch.host,
    port: launch.port,
    ...(await credentialsOf(launch)),
  });
  const stop = async () => {
    await server.stop();
    await store.close();
  };
  return { url: server.url, facts: { dir: launch.dir }, stop };
};

async function credentialsOf(
  launch: Pick<LogServerLaunch, 'tls' | 'tokensFile'>,
): Promise<{ tls?: { cert: string; key: string }; tokens?: string }> {
  const { tls, tokensFile } = launch;
  return {
    ...(tls === undefined
      ? {}
      : { tls: { cert: await readSecret(tls.certFile), key: await readSecret(tls.keyFile) } }),
    ...(tokensFile === undefined ? {} : { tokens: await readSecret(tokensFile) }),
  };
}

async function readSecret(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new DrError('E_USAGE', {
      message: `${file} cannot be read. Nothing was started.`,
      hint: 'Check the path and its permissions.',
      context: { file },
      cause,
    });
  }
}
