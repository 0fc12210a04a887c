import type { FastifyInstance } from 'fastify';
import { Counter, Gauge, Registry } from 'prom-client';
import type { LogServerNode } from '../node.ts';

/** What Prometheus is told. One registry for each server: several may run in one process. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests: Counter<'route' | 'status'>;
  readonly #commits: Counter;
  readonly #commands: Counter;
  readonly #writes: Counter;

  constructor() {
    const registers = [this.registry];
    const prefix = 'vlog_dr_logserver_';
    this.#requests = new Counter({
      name: `${prefix}requests_total`,
      help: 'Answered requests. Status 409 is a refusal.',
      labelNames: ['route', 'status'],
      registers,
    });
    this.#commits = new Counter({
      name: `${prefix}commits_total`,
      help: 'Batches made durable, each with one flush of the disk.',
      registers,
    });
    this.#commands = new Counter({
      name: `${prefix}commands_total`,
      help: 'Commands that these batches held.',
      registers,
    });
    this.#writes = new Counter({
      name: `${prefix}writes_total`,
      help: 'Records and entries that these batches wrote.',
      registers,
    });
  }

  /** After each batch of the store. */
  readonly batch = ({ commands, writes }: { readonly commands: number; readonly writes: number }): void => {
    if (writes > 0) this.#commits.inc();
    this.#commands.inc(commands);
    this.#writes.inc(writes);
  };

  addTo(server: FastifyInstance, node: LogServerNode): void {
    new Gauge({
      name: 'vlog_dr_logserver_sequencers',
      help: 'Loglets whose sequencer runs in this process.',
      registers: [this.registry],
      collect() {
        this.set(node.sequencers.size);
      },
    });
    new Gauge({
      name: 'vlog_dr_logserver_healthy',
      help: '1 while the store can be written, 0 after a failed commit.',
      registers: [this.registry],
      collect() {
        this.set(node.failure === undefined ? 1 : 0);
      },
    });
    server.addHook('onResponse', async (request, reply) => {
      this.#requests.inc({ route: request.routeOptions.url ?? 'unknown', status: reply.statusCode });
    });
    server.get('/metrics', { config: { role: 'read' } }, async (_, reply) =>
      reply.type(this.registry.contentType).send(await this.registry.metrics()),
    );
  }
}
