import { EXIT } from '../../core/errorCatalogue.ts';
import type { CommandModule } from '../app.ts';
import { untilStopped } from '../foreground.ts';
import { tlsOf } from '../serveOptions.ts';

/** `serve logserver` */
export const run: CommandModule['run'] = async (app, _, options) => {
  const peersFile = options.text('peers');
  const tokensFile = options.text('tokens');
  const caFile = options.text('ca');
  const server = await app.serveLogServer({
    dataDir: options.required('dataDir'),
    serverId: options.required('serverId'),
    clusterId: options.required('clusterId'),
    location: options.text('location') ?? 'local/z1/r1',
    format: options.flag('format'),
    host: options.text('host') ?? '127.0.0.1',
    port: options.count('port') ?? 0,
    ...(peersFile === undefined ? {} : { peersFile }),
    ...(tokensFile === undefined ? {} : { tokensFile }),
    ...(caFile === undefined ? {} : { caFile }),
    ...tlsOf(options),
  });
  await untilStopped(app, 'LogServer', server);
  return EXIT.done;
};
