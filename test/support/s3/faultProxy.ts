import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SeededRandom } from '../seededRandom.ts';

/** What becomes of one request. Of a write, `lost` and `failed` were done, and nobody knows. */
export type Fate = 'through' | 'refused' | 'lost' | 'failed';

/** Stands in front of an S3 server and makes a share of all requests fail, each in one of three ways. */
export class FaultProxy {
  readonly endpoint: string;
  /** How many of 100 requests fail. */
  percent = 0;
  /** Of the writes alone, counted from 1: those whose answer is lost. */
  lostWrites: readonly number[] = [];
  writes = 0;
  /** Requests whose address has this in it are refused. */
  refusing: string | undefined;
  faults = 0;
  requests = 0;
  readonly #server: Server;
  readonly #random: SeededRandom;
  readonly #upstream: URL;

  private constructor(server: Server, upstream: string, seed: number) {
    this.#server = server;
    this.#upstream = new URL(upstream);
    this.#random = new SeededRandom(seed);
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (incoming, outgoing) => this.#pass(incoming, outgoing));
  }

  static async start(upstream: string, seed: number): Promise<FaultProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(server, upstream, seed);
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #fate({ method, url = '' }: IncomingMessage): Fate {
    this.requests += 1;
    if (this.refusing !== undefined && decodeURIComponent(url).includes(this.refusing)) return 'refused';
    if (method === 'PUT') this.writes += 1;
    if (method === 'PUT' && this.lostWrites.includes(this.writes)) return 'lost';
    if (this.#random.below(100) >= this.percent) return 'through';
    this.faults += 1;
    return (['refused', 'lost', 'failed'] as const)[this.#random.below(3)] ?? 'lost';
  }

  /** The signature covers the Host header: it is left as the client wrote it. */
  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const fate = this.#fate(incoming);
    if (fate === 'refused') {
      incoming.resume().on('end', () => outgoing.writeHead(503).end());
      return;
    }
    const { hostname, port } = this.#upstream;
    const { method, url: path, headers } = incoming;
    const onward = request({ hostname, port, method, path, headers }, (answer) => {
      if (fate === 'through') {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
        return;
      }
      answer.resume().on('end', () => {
        if (fate === 'lost') outgoing.destroy();
        else outgoing.writeHead(500).end();
      });
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  }
}
