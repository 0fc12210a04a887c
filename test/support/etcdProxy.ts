import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';

/**
 * What becomes of a request: answered; done and its answer lost; lost itself; or kept back until `release`, after its
 * sender was cut off.
 */
export type Fate = 'answer' | 'loseAnswer' | 'loseRequest' | 'delay';

/** Between a client and one member of etcd. */
export class EtcdProxy {
  readonly url: string;
  readonly #server: Server;
  readonly #target: string;
  #delayed: (() => Promise<void>)[] = [];
  fateOf: (path: string, body: string) => Fate | Promise<Fate> = () => 'answer';
  /** Called when a request was done and its answer is about to be lost. */
  done: () => Promise<void> = async () => undefined;

  private constructor(server: Server, target: string) {
    this.#server = server;
    this.#target = target;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async before(target: string): Promise<EtcdProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new EtcdProxy(server, target);
    server.on('request', async (incoming, outgoing) => {
      let body = '';
      for await (const chunk of incoming) body += chunk;
      await proxy.#handle(incoming.url ?? '', body, outgoing);
    });
    return proxy;
  }

  /** The delayed requests arrive now, after all. */
  async release(): Promise<void> {
    const delayed = this.#delayed;
    this.#delayed = [];
    for (const send of delayed) await send();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #handle(path: string, body: string, outgoing: ServerResponse): Promise<void> {
    const send = () => request(`${this.#target}${path}`, { method: 'POST', body });
    const fate = await this.fateOf(path, body);
    if (fate === 'delay')
      this.#delayed.push(async () => {
        await (await send()).body.dump();
      });
    if (fate === 'loseAnswer') {
      await (await send()).body.dump();
      await this.done();
    }
    if (fate !== 'answer') {
      outgoing.socket?.destroy();
      return;
    }
    const { statusCode, body: answer } = await send();
    outgoing.writeHead(statusCode, { 'content-type': 'application/json' });
    outgoing.end(await answer.text());
  }
}

/** Whether a request writes a value, as against a probe or a read. */
export const isChange = (path: string, body: string): boolean =>
  path === '/v3/kv/txn' && body.includes('"request_put"') && !body.includes('"ignore_value"');
