import { spawnSync } from 'node:child_process';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { type CliOptions, type CliResult, CliSandbox, type RunningCli, startCli } from '../../support/cli.ts';
import { runMain } from '../../support/inProcess.ts';
import { type S3, startS3 } from '../../support/s3/s3.ts';
import type { Chain } from './checker.ts';
import { Ledger } from './ledger.ts';
import { Link } from './links.ts';

export const LOG = '1';
/** The server whose disk is small enough to be filled. */
export const SMALL_DISK = 's1';
const SMALL_DISK_SIZE = '40m';

/** What the sandbox says of its processes. */
export interface Place {
  readonly id: string;
  readonly url: string;
  readonly dataDir: string;
}

/**
 * Real LogServers, a real etcd of three and a real S3 server. The tool under test reaches all of them through links
 * on which the weather can be made; what the test itself does goes by the straight way.
 */
export class World {
  readonly ledger = new Ledger();
  /** The register as it was read last. */
  lastSeen: Chain | undefined;
  readonly sandbox: CliSandbox;
  readonly clusterId: string;
  readonly servers: readonly Place[];
  readonly members: readonly Place[];
  readonly links: ReadonlyMap<string, Link>;
  readonly #s3: S3;

  private constructor(
    parts: Pick<World, 'sandbox' | 'clusterId' | 'servers' | 'members' | 'links'> & { s3: S3 },
  ) {
    const { sandbox, clusterId, servers, members, links, s3 } = parts;
    this.sandbox = sandbox;
    this.clusterId = clusterId;
    this.servers = servers;
    this.members = members;
    this.links = links;
    this.#s3 = s3;
  }

  static async up({ servers = 4 }: { readonly servers?: number } = {}): Promise<World> {
    const s3 = await startS3();
    // The AWS chain reads the environment of this process, and of those that it starts.
    process.env.AWS_ACCESS_KEY_ID = s3.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = s3.secretAccessKey;
    const repository = `s3://${await s3.newBucket()}/faults`;
    const sandbox = await CliSandbox.up(
      ...['--servers', String(servers), '--metastore', 'etcd', '--min-nodeset-size', '2'],
      ...['--repo', repository, '--repo-mode', 'required', '--repo-endpoint', s3.endpoint],
      ...['--repo-region', s3.region],
    );
    const status = await sandbox.json<{
      clusterId: string;
      logServers: Place[];
      metaStore: { members: Place[] };
    }>(0, 'sandbox', 'status');
    const targets = [
      ...status.logServers.map(({ id, url }) => [id, url] as const),
      ...status.metaStore.members.map(({ id, url }) => [id, url] as const),
      ['s3', s3.endpoint] as const,
    ];
    const links = new Map(
      await Promise.all(targets.map(async ([id, url]) => [id, await Link.to(url)] as const)),
    );
    const world = new World({
      ...{ sandbox, links, s3, clusterId: status.clusterId },
      ...{ servers: status.logServers, members: status.metaStore.members },
    });
    await world.#shrinkDisk();
    await world.#writeConfigs();
    // What holds entries stays: whoever is retired or wiped by a case is none of these three.
    await world.here(0, 'reconfigure', LOG, '--servers', 's1,s2,s3', '--apply', '--yes');
    await world.append(3);
    return world;
  }

  /** Through the links, impatient. */
  get tool(): string {
    return this.sandbox.file('tool.yaml');
  }

  /** Another operator's machine: the same cluster by the straight way, and runs of its own. */
  get elsewhere(): string {
    return this.sandbox.file('elsewhere.yaml');
  }

  get direct(): string {
    return this.sandbox.file('vlog-dr.yaml');
  }

  link(id: string): Link {
    const link = this.links.get(id);
    if (link === undefined) throw new Error(`there is no link to ${id}`);
    return link;
  }

  /** The command under test, in a process of its own. */
  start(args: readonly string[], options: CliOptions & { readonly config?: string } = {}): RunningCli {
    return startCli([...args, '--config', options.config ?? this.tool], options);
  }

  /** A verb of the sandbox that must work. */
  async verb(...args: string[]): Promise<string> {
    const result = await runMain(['sandbox', ...args, '--dir', this.sandbox.dir]);
    if (result.code !== 0) throw new Error(`sandbox ${args.join(' ')}: ${result.stdout}${result.stderr}`);
    return result.stdout;
  }

  /** The members of etcd that run. */
  async runningMembers(): Promise<string[]> {
    const { metaStore } = JSON.parse(await this.verb('status', '--json')) as {
      metaStore: { members: { id: string; state: string }[] };
    };
    return metaStore.members.filter(({ state }) => state === 'running').map(({ id }) => id);
  }

  /** A command of the straight way in this process, however it ends. */
  async run(args: readonly string[]): Promise<CliResult> {
    const { code, stdout, stderr } = await runMain([...args, '--config', this.direct]);
    return { code, signal: null, stdout, stderr };
  }

  /** What must work, by the straight way. */
  here(code: number, ...args: string[]): Promise<string> {
    return this.sandbox.here(code, args);
  }

  hereJson<T>(code: number, ...args: string[]): Promise<T> {
    return this.sandbox.hereJson<T>(code, ...args);
  }

  /** Appends; every entry must be acknowledged. */
  async append(count: number): Promise<void> {
    const { stdout, code } = await this.#append(count);
    if (code !== 0) throw new Error(`an append that nothing hindered was not acknowledged: ${stdout}`);
  }

  /** Appends while something is wrong: what is acknowledged counts, the rest does not. */
  async tryToAppend(count: number): Promise<void> {
    await this.#append(count);
  }

  async down(): Promise<void> {
    await Promise.all([...this.links.values()].map((link) => link.stop()));
    await this.verb('down');
    spawnSync('umount', [this.#smallDisk], { stdio: 'ignore' });
    await this.sandbox.down();
    await this.#s3.stop();
  }

  async #append(count: number): Promise<{ readonly code: number; readonly stdout: string }> {
    const texts = this.ledger.next(count);
    const args = ['log', 'append', LOG, '--json', '--config', this.direct];
    const result = await runMain(args, { stdin: `${texts.join('\n')}\n` });
    const said = JSON.parse(result.stdout) as { ranges?: { from: string; to: string }[] };
    const left = [...texts];
    for (const { from, to } of said.ranges ?? [])
      for (let position = BigInt(from); position < BigInt(to); position += 1n)
        this.ledger.acknowledge(position, left.shift() ?? '');
    return result;
  }

  get #smallDisk(): string {
    return this.sandbox.file('data', SMALL_DISK);
  }

  async #shrinkDisk(): Promise<void> {
    const data = this.#smallDisk;
    await this.verb('kill', SMALL_DISK);
    await rename(data, `${data}.large`);
    await mkdir(data);
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK_SIZE}`, 'tmpfs', data]);
    if (mount.status !== 0) {
      const reason = `a full disk needs the right to mount one: ${mount.stderr}`;
      if (process.env.VLOG_DR_REQUIRE_ALL === '1') throw new Error(reason);
      process.stderr.write(`SKIPPED: ${reason}\n`);
    }
    await cp(`${data}.large`, data, { recursive: true });
    await rm(`${data}.large`, { recursive: true });
    await this.verb('start', SMALL_DISK);
  }

  async #writeConfigs(): Promise<void> {
    const config = parse(await this.sandbox.text('vlog-dr.yaml'));
    await writeFile(this.elsewhere, stringify({ ...config, stateDir: 'state-elsewhere' }));
    const urlOf = (id: string) => this.link(id).url;
    await writeFile(
      this.tool,
      stringify({
        ...config,
        logServers: config.logServers.map((one: { id: string }) => ({ ...one, url: urlOf(one.id) })),
        metaStore: { ...config.metaStore, endpoints: this.members.map(({ id }) => urlOf(id)) },
        repository: { ...config.repository, endpoint: urlOf('s3') },
        timeouts: { ...config.timeouts, requestMs: 1_500 },
      }),
    );
  }
}
