import type { RepositoryConfig } from '../../config/config.ts';
import { type DraftServer, draftConfig } from '../../config/draft.ts';
import { nativeOnly, parseConfigText } from '../../config/parse.ts';
import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { DrError } from '../../core/errors.ts';
import { type ClusterId, clusterId, type ServerId } from '../../core/ids.ts';
import type { LogServer } from '../../ports/LogServer.ts';
import type { Repository } from '../../ports/Repository.ts';
import { clustersIn, loadConfig } from '../../snapshots/identity.ts';
import type { App, CommandModule } from '../app.ts';
import { type Options, usageError } from '../options.ts';

/** `init`: writes a configuration from what one server knows, and asks for the rest. Never overwrites a file. */
export const run: CommandModule['run'] = async (app, _, options) => {
  if (options.oneOf('driver', ['native', 'restate']) === 'restate')
    return (await import('./foreign/init.ts')).run(app, _, options);
  if (options.text('fromRepository') !== undefined) return fromRepository(app, options);
  const file = app.absolute(options.text('out') ?? 'vlog-dr.yaml');
  const address = await given(app, options, {
    name: 'address',
    message: 'Address of any LogServer (http://HOST:PORT):',
  });
  const server = await app.openLogServer(address);
  const status = await server.status();
  const known = new Map<ServerId, DraftServer>([
    [status.serverId, { id: status.serverId, url: address, location: status.location }],
  ]);
  for (const { id, location } of await othersKnownTo(server, status.serverId)) {
    known.set(id, { id, location, url: await urlOf(app, options, id) });
  }
  const metaStore = await given(app, options, {
    name: 'metastore',
    message: 'MetaStore (http://HOST:PORT or a directory):',
  });
  const name =
    options.text('name') ?? (await app.prompter.text({ message: 'Name of the cluster:', flag: '--name' }));
  const repository = options.text('repository');
  const logServers = [...known.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const text = draftConfig({
    cluster: { name, id: status.clusterId },
    metaStore,
    logServers,
    ...(repository === undefined ? {} : { repository }),
  });
  // What the next command would refuse is not written.
  parseConfigText(text, file);
  await app.writeNewText(file, text);
  app.out.result({ file, cluster: { name, id: status.clusterId }, logServers }, () => {
    return `${file} describes cluster ${name} with ${logServers.length} LogServers.\nnext: vlog-dr doctor --config ${file}`;
  });
  return EXIT.done;
};

/** A lost laptop is not a second disaster: `backup` keeps the configuration beside the snapshots. */
async function fromRepository(app: App, options: Options): Promise<ExitCode> {
  const file = app.absolute(options.text('out') ?? 'vlog-dr.yaml');
  const repository = await app.openRepository(repositoryOf(options));
  const id = await clusterOf(repository, options.text('clusterId'));
  const saved = await loadConfig({ repository, clusterId: id });
  if (saved === undefined)
    throw new DrError('E_CONFIG', {
      message: `${repository.url} keeps no configuration of cluster ${id}. No file was written.`,
      hint: '`vlog-dr init --address URL` asks a LogServer instead.',
    });
  const { cluster, logServers } = nativeOnly(parseConfigText(saved.text, file));
  await app.writeNewText(file, saved.text);
  app.out.result({ file, cluster, logServers }, () => {
    return `${file} is the configuration of cluster ${cluster.name} as of ${new Date(saved.savedAt).toISOString()}.\nnext: vlog-dr doctor --config ${file}`;
  });
  return EXIT.done;
}

function repositoryOf(options: Options): RepositoryConfig {
  const endpoint = options.text('repoEndpoint');
  const region = options.text('repoRegion');
  return {
    url: options.required('fromRepository'),
    mode: 'best-effort',
    ...(endpoint === undefined ? {} : { endpoint, pathStyle: true }),
    ...(region === undefined ? {} : { region }),
  };
}

async function clusterOf(repository: Repository, named: string | undefined): Promise<ClusterId> {
  if (named !== undefined) return clusterId(named);
  const [only, ...others] = await clustersIn(repository);
  if (only !== undefined && others.length === 0) return only;
  throw usageError(
    only === undefined
      ? `${repository.url} keeps nothing of any cluster.`
      : `${repository.url} keeps several clusters (${[only, ...others].join(', ')}): name one with --cluster-id.`,
  );
}

/** Every server that a descriptor names: what a configuration must not leave out, or no proof would hold. */
async function othersKnownTo(
  server: LogServer,
  self: ServerId,
): Promise<{ readonly id: ServerId; readonly location: string }[]> {
  const found = new Map<ServerId, string>();
  for await (const line of server.inventory()) {
    if (line.item !== 'loglet') continue;
    const { nodeset, lineage, stores } = line.state.descriptor;
    for (const { serverId } of stores)
      if (!found.has(serverId)) found.set(serverId, 'unknown/unknown/unknown');
    for (const member of [...nodeset, ...lineage.flatMap((entry) => entry.nodeset)]) {
      found.set(member.serverId, member.location);
    }
  }
  found.delete(self);
  return [...found].map(([id, location]) => ({ id, location }));
}

async function urlOf(app: App, options: Options, id: ServerId): Promise<string> {
  const prefix = `${id}=`;
  const named = options.texts('server').find((text) => text.startsWith(prefix));
  if (named !== undefined) return named.slice(prefix.length);
  return await app.prompter.text({ message: `Address of LogServer ${id}:`, flag: `--server ${id}=URL` });
}

export async function given(
  app: App,
  options: Options,
  { name, message }: { readonly name: string; readonly message: string },
): Promise<string> {
  const value = options.text(name) ?? (await app.prompter.text({ message, flag: `--${name}` }));
  if (value === '') throw usageError(`--${name} is needed.`);
  return value;
}
