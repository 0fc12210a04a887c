import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { serverId } from '../../../src/core/ids.ts';
import { HttpLogServer } from '../../../src/drivers/logserver-http/httpLogServer.ts';
import { CLUSTER, GENERATION } from '../../contract/logServerWorld.ts';
import { compile } from '../compiled.ts';

export function compileLogServer(): Promise<{ dir: string; file: string }> {
  return compile(new URL('./program.ts', import.meta.url).pathname);
}

/** A LogServer in a process of its own. */
export class LogServerProcess {
  static readonly #running = new Set<LogServerProcess>();
  readonly client: HttpLogServer;
  readonly #child: ChildProcess;
  /** Of the server itself: the child may be what it was wrapped in. */
  readonly #pid: number;

  constructor(child: ChildProcess, pid: number, url: string) {
    this.#child = child;
    this.#pid = pid;
    this.client = new HttpLogServer({ serverId: serverId('s1'), url });
  }

  /** `wrap` is put before the command: `strace -f`, a shell that sets a limit. */
  static async start(file: string, dataDir: string, wrap: readonly string[] = []): Promise<LogServerProcess> {
    const [command = '', ...args] = [...wrap, process.execPath, file, dataDir, 's1', CLUSTER];
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const said: string[] = [];
    child.stderr.on('data', (text: Buffer) => said.push(text.toString()));
    const lines = createInterface(child.stdout);
    const first = once(lines, 'line') as Promise<[string]>;
    const ended = once(child, 'close').then(() => {
      throw new Error(`the LogServer ended: ${said.join('')}`);
    });
    ended.catch(() => undefined);
    const [line] = await Promise.race([first, ended]);
    const [url = '', pid] = line.split(' ');
    const server = new LogServerProcess(child, Number(pid), url);
    LogServerProcess.#running.add(server);
    const { generation, storeId } = await server.client.status();
    if (generation === undefined) await server.client.admit(GENERATION, storeId);
    return server;
  }

  /** What a failed test left running. */
  static async killRest(): Promise<void> {
    await Promise.all([...LogServerProcess.#running].map((server) => server.kill()));
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    LogServerProcess.#running.delete(this);
    await this.client.disconnect();
    const ended = once(this.#child, 'close');
    process.kill(this.#pid, signal);
    await ended;
  }
}
