import { join } from 'node:path';
import { type Connection, openLog } from '../../src/cli/connection.ts';
import { type LogId, logId } from '../../src/core/ids.ts';
import { systemClock } from '../../src/drivers/local/clock.ts';
import { systemRandom } from '../../src/drivers/local/random.ts';
import { loadConfig } from '../../src/main/configFile.ts';
import { connect } from '../../src/main/connect.ts';
import { silentReporter } from '../../src/ports/Reporter.ts';
import type { VirtualLog } from '../../src/virtuallog/VirtualLog.ts';
import type { Setting } from './benchmark.ts';
import { vlogDr } from './programs.ts';

export const LOG = logId('1');

/** A cluster of real processes, started as a user starts it, and this process as a client of it. */
export class BenchCluster {
  readonly dir: string;
  readonly connection: Connection;
  readonly logServers: readonly { readonly id: string; readonly url: string; readonly dataDir: string }[];

  private constructor(dir: string, connection: Connection, logServers: BenchCluster['logServers']) {
    this.dir = dir;
    this.connection = connection;
    this.logServers = logServers;
  }

  /** `name` is a directory of its own; it is stopped when the benchmark ends. */
  static async up({ dir, defer }: Setting, name: string, ...flags: string[]): Promise<BenchCluster> {
    const place = join(dir, name);
    const down = ['sandbox', 'down', '--dir', place, '--delete'];
    // The benchmark may have taken it down itself.
    defer(() => vlogDr(down, { mayFail: true }));
    const { stdout } = await vlogDr(['sandbox', 'up', '--dir', place, '--json', ...flags]);
    const { logServers } = JSON.parse(stdout) as Pick<BenchCluster, 'logServers'>;
    const { connection, disconnect } = await connectTo(join(place, 'vlog-dr.yaml'));
    defer(disconnect);
    return new BenchCluster(place, connection, logServers);
  }

  get config(): string {
    return join(this.dir, 'vlog-dr.yaml');
  }

  /** A client of its own; what differs from the configuration is given. */
  log(id: LogId = LOG, difference: Partial<Connection['cluster']> = {}): VirtualLog {
    const cluster = { ...this.connection.cluster, ...difference };
    return openLog({ ...this.connection, cluster }, id, { cached: false });
  }

  async create(id: LogId, difference: Partial<Connection['cluster']> = {}): Promise<VirtualLog> {
    const log = this.log(id, difference);
    await log.create({ clusterId: this.connection.cluster.clusterId });
    return log;
  }

  /** A verb of the sandbox. */
  async sandbox(verb: string, ...args: string[]): Promise<void> {
    await vlogDr(['sandbox', verb, ...args, '--dir', this.dir]);
  }
}

export async function connectTo(
  file: string,
): Promise<{ connection: Connection; disconnect: () => Promise<void> }> {
  const config = await loadConfig({ config: file }, process.env, process.cwd());
  return await connect(config, {
    clock: systemClock,
    random: systemRandom(),
    reporter: silentReporter,
    prompter: { interactive: false, typed: unasked, text: unasked, confirm: unasked, guided: unasked },
    version: 'bench',
    create: true,
  });
}

function unasked(): never {
  throw new Error('a benchmark asks nobody');
}
