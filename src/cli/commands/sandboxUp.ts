import { EXIT } from '../../core/errorCatalogue.ts';
import { type UpRequest, upSandbox } from '../../sandbox/up.ts';
import type { SandboxStatus } from '../../sandbox/verbs.ts';
import type { App, CommandModule } from '../app.ts';
import { type Options, usageError } from '../options.ts';
import { sandboxText } from '../render/sandbox.ts';

/** `sandbox up --dir DIR` */
export const run: CommandModule['run'] = async (app, _, options) => {
  const isRestate = options.oneOf('driver', ['native', 'restate']) === 'restate';
  const status = await (isRestate ? upRestate(app, options) : upSandbox(app, requestOf(options)));
  app.out.result(status, () => sandboxText(app.out, status));
  return EXIT.done;
};

async function upRestate(app: App, options: Options): Promise<SandboxStatus> {
  const { upRestateSandbox } = await import('../../sandbox/restate/up.ts');
  const repository = options.text('repo');
  const nodes = options.count('servers', 1) ?? 3;
  if (nodes < 3) throw usageError('A Restate sandbox has copies on two nodes, and needs three to lose one.');
  const metaStore = options.oneOf('metastore', ['builtin', 'etcd']) ?? ('builtin' as const);
  const metadataNodes = options.count('metadataNodes', 1) ?? 0;
  if (metadataNodes > 0 && metaStore === 'etcd')
    throw usageError('--metadata-nodes hold Restate’s built-in store: leave it out with an etcd.');
  for (const name of ['zones', 'logs', 'durability', 'nodesetSize', 'minNodesetSize', 'repoMode'])
    if (options.text(name) !== undefined) throw usageError(`${name} is of native clusters.`);
  return await upRestateSandbox(app, {
    dir: options.required('dir'),
    ...{ nodes, metaStore, metadataNodes },
    ...(repository === undefined ? {} : { repository }),
  });
}

function requestOf(options: Options): UpRequest {
  const servers = options.count('servers', 1) ?? 5;
  const zones = options.count('zones', 1) ?? 1;
  if (zones > servers) throw usageError(`${zones} zones need at least as many servers, not ${servers}.`);
  const nodesetSize = options.count('nodesetSize', 1) ?? Math.min(3, servers);
  if (options.text('metadataNodes') !== undefined)
    throw usageError('--metadata-nodes is of Restate clusters.');
  const repository = options.text('repo');
  const endpoint = options.text('repoEndpoint');
  const region = options.text('repoRegion');
  return {
    dir: options.required('dir'),
    servers,
    zones,
    logs: options.count('logs', 1) ?? 1,
    // The sandbox's kind here, an address elsewhere.
    metaStore: options.oneOf('metastore', ['file', 'etcd']) ?? ('file' as const),
    ...(repository === undefined ? {} : { repository }),
    policy: {
      durability: options.text('durability') ?? 'all',
      nodesetSize,
      // The largest minority of servers may die: the others can host a successor, and the dead cannot.
      minNodesetSize:
        options.count('minNodesetSize', 1) ?? Math.min(nodesetSize, Math.floor(servers / 2) + 1),
      minZones: 0,
      snapshots: options.oneOf('repoMode', ['required', 'best-effort', 'off']) ?? ('best-effort' as const),
      ...(endpoint === undefined
        ? {}
        : { s3: { endpoint, pathStyle: true, ...(region === undefined ? {} : { region }) } }),
    },
  };
}
