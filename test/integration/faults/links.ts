import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What a link does to the bytes of its connections. Nothing is dropped for good: as on a real network that was cut,
 * what was sent meanwhile arrives when it is whole again, however late.
 *
 *   down    connections are reset, those that are there and new ones
 *   silent  nothing passes, either way: a partition
 *   deaf    requests do not arrive
 *   mute    requests arrive, and answers do not: a one-way partition
 *   slow    everything is late
 */
export type Weather = 'clear' | 'down' | 'silent' | 'deaf' | 'mute' | 'slow';

const LATE_MS = 150;

/** A way to one address, on which a test makes the weather. */
export class Link {
  readonly url: string;
  readonly #server: Server;
  readonly #to: URL;
  readonly #sockets = new Set<Socket>();
  #weather: Weather = 'clear';
  #changed: () => void = () => {};
  #change = new Promise<void>((resolve) => {
    this.#changed = resolve;
  });

  private constructor(server: Server, to: string) {
    this.#server = server;
    this.#to = new URL(to);
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (near: Socket) => this.#join(near));
  }

  static async to(url: string): Promise<Link> {
    // A half-closed connection stays one: what was sent before the end still passes.
    const server = createServer({ allowHalfOpen: true });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new Link(server, url);
  }

  get weather(): Weather {
    return this.#weather;
  }

  set weather(weather: Weather) {
    this.#weather = weather;
    if (weather === 'down') this.#reset();
    this.#changed();
    this.#change = new Promise((resolve) => {
      this.#changed = resolve;
    });
  }

  async stop(): Promise<void> {
    this.weather = 'down';
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #join(near: Socket): void {
    if (this.#weather === 'down') {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ host: this.#to.hostname, port: Number(this.#to.port), allowHalfOpen: true });
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    }
    void this.#pump(near, far, ['silent', 'deaf']);
    void this.#pump(far, near, ['silent', 'mute']);
  }

  async #pump(from: Socket, to: Socket, holding: readonly Weather[]): Promise<void> {
    try {
      for await (const bytes of from) {
        await this.#passes(holding);
        to.write(bytes);
      }
      await this.#passes(holding);
      to.end();
    } catch {
      await this.#passes(holding);
      to.destroy();
    }
  }

  async #passes(holding: readonly Weather[]): Promise<void> {
    while (holding.includes(this.#weather)) await this.#change;
    if (this.#weather === 'slow') await sleep(LATE_MS);
  }
}
