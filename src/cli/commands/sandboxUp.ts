import { EXIT } from '../../core/errorCatalogue.ts';
import { type UpRequest, upSandbox } from '../../sandbox/up.ts';
import type { CommandModule } from '../app.ts';
import { type Options, usageError } from '../options.ts';
import { sandboxText } from '../render/sandbox.ts';

/** `sandbox up --dir DIR` */
export const run: CommandModule['run'] = async (app, _, options) => {
  const status = await upSandbox(app, requestOf(options));
  app.out.result(status, () => sandboxText(app.out, status));
  return EXIT.done;
};

function requestOf(options: Options): UpRequest {
  const servers = options.count('servers', 1) ?? 5;
  const zones = options.count('zones', 1) ?? 1;
  if (zones > servers) throw usageError(`${zones} zones need at least as many servers, not ${servers}.`);
  const nodesetSize = options.count('nodesetSize', 1) ?? Math.min(3, servers);
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
