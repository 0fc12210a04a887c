import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerId, serverId } from '../../../src/core/ids.ts';
import { systemClock } from '../../../src/drivers/local/clock.ts';
import { HttpLogServer } from '../../../src/drivers/logserver-http/httpLogServer.ts';
import {
  type LogServerOptions,
  type RunningLogServer,
  startLogServer,
} from '../../../src/logserver/server.ts';
import { ownership } from '../../../src/main/ownership.ts';
import { CLUSTER, GENERATION, random } from '../../contract/logServerWorld.ts';

/** Real servers on loopback, each with a store on disk, in this process. */
export class HttpCluster {
  readonly clients = new Map<ServerId, HttpLogServer>();
  readonly running = new Map<ServerId, RunningLogServer>();
  /** What the servers reported of themselves. */
  readonly failures: unknown[] = [];
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  static async create(): Promise<HttpCluster> {
    return new HttpCluster(await mkdtemp(join(tmpdir(), 'vlog-dr-logserver-')));
  }

  async options(name: string, changes: Partial<LogServerOptions> = {}): Promise<LogServerOptions> {
    return {
      dataDir: join(this.dir, name),
      serverId: serverId(name),
      clusterId: CLUSTER,
      location: `region/${name}`,
      format: true,
      host: '127.0.0.1',
      port: 0,
      connect: (id) => this.clients.get(id),
      clock: systemClock,
      random,
      owner: await ownership(),
      software: 'test',
      report: (failure) => this.failures.push(failure),
      ...changes,
    };
  }

  /** Starts a server with a newly formatted store, or the store it had. */
  async start(name: string, changes: Partial<LogServerOptions> = {}): Promise<HttpLogServer> {
    const server = await startLogServer(await this.options(name, changes));
    this.running.set(server.serverId, server);
    await this.clients.get(server.serverId)?.disconnect();
    const client = new HttpLogServer({ serverId: server.serverId, url: server.url });
    this.clients.set(server.serverId, client);
    return client;
  }

  async startAdmitted(name: string, changes: Partial<LogServerOptions> = {}): Promise<HttpLogServer> {
    const client = await this.start(name, changes);
    const { storeId } = await client.status();
    const admitted = await client.admit(GENERATION, storeId);
    if (!admitted.ok) throw new Error(`${name} was not admitted: ${admitted.refusal.code}`);
    return client;
  }

  async stop(name: string): Promise<void> {
    await this.running.get(serverId(name))?.stop();
    this.running.delete(serverId(name));
  }

  async close(): Promise<void> {
    await Promise.all([...this.clients.values()].map((client) => client.disconnect()));
    await Promise.all([...this.running.values()].map((server) => server.stop()));
    await rm(this.dir, { recursive: true, force: true });
  }
}
