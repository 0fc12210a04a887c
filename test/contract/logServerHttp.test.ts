import { HttpCluster } from '../support/logserver/httpCluster.ts';
import { logServerContract } from './logServer.ts';

logServerContract('http', async () => {
  const cluster = await HttpCluster.create();
  const servers = await Promise.all(['s1', 's2', 's3'].map((name) => cluster.startAdmitted(name)));
  return { servers, fresh: await cluster.start('s4'), stop: () => cluster.close() };
});
