import { clusterId, serverId } from '../../../src/core/ids.ts';
import { systemClock } from '../../../src/drivers/local/clock.ts';
import { systemRandom } from '../../../src/drivers/local/random.ts';
import { startLogServer } from '../../../src/logserver/server.ts';
import { ownership } from '../../../src/main/ownership.ts';

/** A LogServer as a process: `node program.js DATA_DIR SERVER_ID CLUSTER_ID`. Says its address and pid; stops on SIGTERM. */
const [, , dataDir = '', id = '', cluster = ''] = process.argv;
const server = await startLogServer({
  dataDir,
  serverId: serverId(id),
  clusterId: clusterId(cluster),
  location: 'region/zone',
  format: true,
  host: '127.0.0.1',
  port: 0,
  connect: () => undefined,
  clock: systemClock,
  random: systemRandom(),
  owner: await ownership(),
  software: 'test',
  report: (failure) => process.stderr.write(`${String(failure)}\n`),
});
process.once('SIGTERM', () => {
  void server.stop().then(() => process.stdout.write('stopped\n'));
});
process.stdout.write(`${server.url} ${process.pid}\n`);
