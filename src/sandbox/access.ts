import type { App } from '../cli/app.ts';
import type { Connection } from '../cli/connection.ts';
import { openSandbox, paths } from './layout.ts';
import type { SandboxAccess } from './members.ts';

/** A sandbox with drivers for its members, made from its own configuration whatever the command line names. */
export async function accessSandbox(
  app: Pick<App, 'connectTo' | 'clock'>,
  dir: string,
): Promise<SandboxAccess & { readonly connection: Connection }> {
  const sandbox = await openSandbox(dir);
  const connection = await app.connectTo(paths.config(sandbox.dir), { create: true });
  const { logServers, metaStore } = connection.cluster;
  return { sandbox, connection, logServers, metaStore, clock: app.clock };
}
