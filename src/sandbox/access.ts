import type { App } from '../cli/app.ts';
import type { Connection } from '../cli/connection.ts';
import { openSandbox, paths, requireMember } from './layout.ts';
import { type SandboxAccess, type Startable, startLogServerMember, startMetaStoreMember } from './members.ts';

/** A sandbox with drivers for its members, made from its own configuration whatever the command line names. */
export async function accessSandbox(
  app: Pick<App, 'connectTo' | 'clock'>,
  dir: string,
): Promise<SandboxAccess & { readonly connection: Connection }> {
  const sandbox = await openSandbox(dir);
  const connection = await app.connectTo(paths.config(sandbox.dir), { create: true });
  const { logServers, metaStore } = connection.cluster;
  const found: SandboxAccess & { readonly connection: Connection } = {
    ...{ sandbox, connection, logServers, metaStore, clock: app.clock },
    start: (id) =>
      requireMember(sandbox, id) === 'logServer'
        ? startLogServerMember(found, id)
        : startMetaStoreMember(found, id),
  };
  return found;
}

/** A sandbox of any engine, for the verbs that start members. */
export async function startableSandbox(
  app: Pick<App, 'connectTo' | 'clock'>,
  dir: string,
): Promise<Startable> {
  const sandbox = await openSandbox(dir);
  if (sandbox.state.restate === undefined) return await accessSandbox(app, dir);
  const { restateSandbox } = await import('./restate/members.ts');
  return restateSandbox(sandbox, app.clock);
}
