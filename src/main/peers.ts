import { readFile } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import type { ServerId } from '../core/ids.ts';
import { HttpLogServer } from '../drivers/logserver-http/httpLogServer.ts';
import type { LogServer } from '../ports/LogServer.ts';
import { loadConfig } from './configFile.ts';

/**
 * How a LogServer reaches the others: by the addresses of a configuration file. The file is read again when a
 * server is asked for that it did not name: servers are added while others run.
 */
export class Peers {
  readonly #file: string;
  readonly #clients = new Map<ServerId, LogServer>();
  #urls = new Map<ServerId, string>();
  #config: Config | undefined;
  #credentials: { token?: string; ca?: string } = {};
  #reading: Promise<void> | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Throws `E_CONFIG`: a server should not start with peers that it can never reach. */
  async load(): Promise<void> {
    const config = await loadConfig({ config: this.#file }, {}, process.cwd());
    const { tokenFile, caFile } = config;
    this.#credentials = {
      ...(tokenFile === undefined ? {} : { token: (await readFile(tokenFile, 'utf8')).trim() }),
      ...(caFile === undefined ? {} : { ca: await readFile(caFile, 'utf8') }),
    };
    this.#config = config;
    this.#urls = new Map(config.logServers.map(({ id, url }) => [id, url]));
  }

  /** `undefined` when the file does not name it yet. */
  readonly connect = (serverId: ServerId): LogServer | undefined => {
    const known = this.#clients.get(serverId);
    if (known !== undefined) return known;
    const url = this.#urls.get(serverId);
    if (url === undefined || this.#config === undefined) {
      this.#reread();
      return undefined;
    }
    const requestTimeoutMs = this.#config.timeouts.requestMs;
    const client = new HttpLogServer({ serverId, url, requestTimeoutMs, ...this.#credentials });
    this.#clients.set(serverId, client);
    return client;
  };

  async disconnect(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.disconnect()));
  }

  #reread(): void {
    // A file that is broken at this moment leaves the peers as they were.
    this.#reading ??= this.load()
      .catch(() => undefined)
      .finally(() => {
        this.#reading = undefined;
      });
  }
}
