import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { EtcdMetaStore, type EtcdMetaStoreOptions } from '../../src/drivers/metastore-etcd/etcdMetaStore.ts';
import { freePorts } from '../../src/sandbox/ports.ts';

interface Member {
  readonly name: string;
  readonly endpoint: string;
  readonly peer: string;
  readonly dataDir: string;
}

export interface EtcdTls {
  readonly ca: string;
  /** Paths: authority, and a certificate and key that serve. */
  readonly files: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
}

/** A real etcd cluster on loopback. */
export class Etcd {
  readonly dir: string;
  readonly #members: readonly Member[];
  readonly #tls: EtcdTls | undefined;
  readonly #agent: Agent;
  readonly #processes = new Map<string, ChildProcess>();
  #stores: EtcdMetaStore[] = [];
  #prefixes = 0;

  private constructor(dir: string, members: readonly Member[], tls: EtcdTls | undefined) {
    this.dir = dir;
    this.#members = members;
    this.#tls = tls;
    this.#agent = new Agent(tls === undefined ? {} : { connect: { ca: tls.ca, ...tls.client } });
  }

  static async start({
    members = 3,
    tls,
    peerTls = false,
    wait = true,
  }: {
    members?: number;
    tls?: EtcdTls;
    peerTls?: boolean;
    wait?: boolean;
  } = {}): Promise<Etcd> {
    const dir = await mkdtemp(join(tmpdir(), 'vlog-dr-etcd-'));
    const ports = await freePorts(members * 2);
    const scheme = tls === undefined ? 'http' : 'https';
    const etcd = new Etcd(
      dir,
      Array.from({ length: members }, (_, place) => ({
        name: `m${place + 1}`,
        endpoint: `${scheme}://127.0.0.1:${ports[place * 2]}`,
        peer: `${peerTls ? scheme : 'http'}://127.0.0.1:${ports[place * 2 + 1]}`,
        dataDir: join(dir, `m${place + 1}`),
      })),
      tls,
    );
    await Promise.all(etcd.#members.map(({ name }) => etcd.begin(name, { wait })));
    return etcd;
  }

  get endpoints(): string[] {
    return this.#members.map(({ endpoint }) => endpoint);
  }

  endpointOf(name: string): string {
    return this.#member(name).endpoint;
  }

  peerOf(name: string): string {
    return this.#member(name).peer;
  }

  pidOf(name: string): number {
    return this.#processes.get(name)?.pid ?? 0;
  }

  dataDirOf(name: string): string {
    return this.#member(name).dataDir;
  }

  /** What `etcdctl snapshot restore` must be told to make this member's directory. */
  restoreFlags(name: string): string[] {
    const { peer, dataDir } = this.#member(name);
    return [
      ...['--name', name, '--data-dir', dataDir, '--initial-cluster', this.#initialCluster],
      ...['--initial-advertise-peer-urls', peer],
    ];
  }

  /** A client; closed with the cluster. A prefix of its own unless one is given. */
  store(options: Partial<EtcdMetaStoreOptions> = {}): EtcdMetaStore {
    this.#prefixes += 1;
    const store = new EtcdMetaStore({
      endpoints: this.endpoints,
      prefix: `/test/${this.#prefixes}`,
      requestTimeoutMs: 5_000,
      ...options,
    });
    this.#stores.push(store);
    return store;
  }

  /** Starts a member and, unless told not to, waits until it serves with a majority. */
  async begin(name: string, { flags = [], wait = true }: { flags?: string[]; wait?: boolean } = {}) {
    const { endpoint, peer, dataDir } = this.#member(name);
    const tls = this.#tls?.files;
    const secure =
      tls === undefined
        ? []
        : ['', ...(peer.startsWith('https:') ? ['peer-'] : [])].flatMap((side) => [
            ...[`--${side}client-cert-auth`, `--${side}trusted-ca-file`, tls.ca],
            ...[`--${side}cert-file`, tls.cert, `--${side}key-file`, tls.key],
          ]);
    const child = spawn(
      'etcd',
      [
        ...['--name', name, '--data-dir', dataDir, '--initial-cluster-state', 'new', ...secure],
        ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
        ...['--initial-cluster', this.#initialCluster],
        ...['--logger', 'zap', '--log-outputs', 'stderr', '--log-level', 'error', ...flags],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-4_000);
    });
    this.#processes.set(name, child);
    while (wait && !(await this.#isHealthy(endpoint))) {
      if (child.exitCode !== null) throw new Error(`${name} ended: ${said}`);
      await sleep(50);
    }
  }

  /** SIGKILL. */
  async kill(...names: string[]): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const child = this.#processes.get(name);
        this.#processes.delete(name);
        if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }),
    );
  }

  signal(name: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#processes.get(name)?.kill(signal);
  }

  /** One call of the gateway, as another user of this etcd would make it. */
  async call<T = unknown>(path: string, body: object, endpoint = this.endpoints[0] ?? ''): Promise<T> {
    const answer = await this.#agent.request({
      origin: endpoint,
      path,
      method: 'POST',
      body: JSON.stringify(body),
    });
    return (await answer.body.json()) as T;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()));
    await this.kill(...this.#processes.keys());
    await this.#agent.destroy();
    await rm(this.dir, { recursive: true, force: true });
  }

  get #initialCluster(): string {
    return this.#members.map((one) => `${one.name}=${one.peer}`).join(',');
  }

  async #isHealthy(endpoint: string): Promise<boolean> {
    try {
      const { body } = await this.#agent.request({ origin: endpoint, path: '/health', method: 'GET' });
      return ((await body.json()) as { health?: string }).health === 'true';
    } catch {
      return false;
    }
  }

  #member(name: string): Member {
    const found = this.#members.find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  }
}

export const base64 = (plain: string): string => Buffer.from(plain).toString('base64');
