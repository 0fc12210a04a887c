import { EXIT } from '../../core/errorCatalogue.ts';
import type { CommandModule } from '../app.ts';
import { untilStopped } from '../foreground.ts';
import { tlsOf } from '../serveOptions.ts';

/** `serve metastore` */
export const run: CommandModule['run'] = async (app, _, options) => {
  const tokensFile = options.text('tokens');
  const clusterId = options.text('clusterId');
  const server = await app.serveMetaStore({
    dir: options.required('dir'),
    host: options.text('host') ?? '127.0.0.1',
    port: options.count('port') ?? 0,
    ...(clusterId === undefined ? {} : { clusterId }),
    ...(tokensFile === undefined ? {} : { tokensFile }),
    ...tlsOf(options),
  });
  await untilStopped(app, 'MetaStore', server);
  return EXIT.done;
};
