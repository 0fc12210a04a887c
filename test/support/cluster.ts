import type { SnapshotPolicy } from '../../src/core/chain.ts';
import type { Durability, SuccessorRule } from '../../src/core/durability.ts';
import type { Entry } from '../../src/core/entry.ts';
import { FIRST_GENERATION } from '../../src/core/generation.ts';
import { clusterId, type LogId, type LogletId, logId, type ServerId, serverId } from '../../src/core/ids.ts';
import { MemoryLogServer } from '../../src/drivers/memory/logServer.ts';
import { MemoryMetaStore } from '../../src/drivers/memory/metaStore.ts';
import { MemoryRepository } from '../../src/drivers/memory/repository.ts';
import type { LogServer } from '../../src/ports/LogServer.ts';
import type { Reporter } from '../../src/ports/Reporter.ts';
import { ensureRepositoryIdentity } from '../../src/snapshots/identity.ts';
import { Snapshots } from '../../src/snapshots/Snapshots.ts';
import type { LogSnapshots } from '../../src/virtuallog/logSnapshots.ts';
import type { LogletPolicy } from '../../src/virtuallog/policy.ts';
import { VirtualLog, type VirtualLogOptions } from '../../src/virtuallog/VirtualLog.ts';
import { SeededRandom } from './seededRandom.ts';
import { VirtualClock } from './virtualClock.ts';

export const CLUSTER_ID = clusterId('00000000-0000-4000-8000-0000000000c1');
export const LOG = logId('1');

/** What a test wants different from the healthy world: five servers in three zones, nodesets of three, `all`. */
export interface World {
  readonly servers?: number;
  readonly zones?: number;
  readonly durability?: Durability;
  readonly nodesetSize?: number;
  readonly nextRules?: readonly SuccessorRule[];
  readonly snapshots?: SnapshotPolicy['mode'];
  readonly seed?: number;
}

/** A cluster in this process and in virtual time: the shipped servers and clients on the memory drivers. */
export class TestCluster {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly metaStore = new MemoryMetaStore();
  readonly repository = new MemoryRepository();
  readonly servers: ReadonlyMap<ServerId, MemoryLogServer>;
  readonly policy: LogletPolicy;
  readonly snapshots: LogSnapshots;
  /** What clients warned of. */
  readonly warnings: string[] = [];

  private constructor(world: World, repositoryId: string, random: SeededRandom) {
    const durability = world.durability ?? { kind: 'all' };
    const mode = world.snapshots ?? 'off';
    this.random = random;
    this.policy = {
      durability,
      nodesetSize: world.nodesetSize ?? 3,
      nextRules: world.nextRules ?? [{ durability, minNodesetSize: 1, minZones: 0 }],
      snapshots: mode === 'off' ? { mode } : { mode, repositoryId },
    };
    this.servers = this.#start(world.servers ?? 5, world.zones ?? 3);
    this.snapshots = this.#snapshots(repositoryId);
  }

  /** With one log, `1`, that holds nothing yet. */
  static async start(world: World = {}): Promise<TestCluster> {
    const cluster = await TestCluster.empty(world);
    await cluster.client().create({ clusterId: CLUSTER_ID });
    return cluster;
  }

  /** Without a log. */
  static async empty(world: World = {}): Promise<TestCluster> {
    const random = new SeededRandom(world.seed ?? 1);
    const repositoryId = random.uuid();
    const cluster = new TestCluster(world, repositoryId, random);
    await ensureRepositoryIdentity(cluster.repository, { repositoryId, now: cluster.clock.now() });
    return cluster;
  }

  client(difference: Partial<VirtualLogOptions> = {}): VirtualLog {
    const hasRepository = this.policy.snapshots.mode !== 'off';
    return new VirtualLog({
      ...this.#parts(),
      ...(hasRepository && { snapshots: this.snapshots }),
      ...difference,
    });
  }

  clientWithoutRepository(): VirtualLog {
    return new VirtualLog(this.#parts());
  }

  server(name: string): MemoryLogServer {
    const server = this.servers.get(serverId(name));
    if (server === undefined) throw new Error(`no server ${name}`);
    return server;
  }

  /** The server whose process gives positions in the log's last loglet. */
  async sequencer(): Promise<MemoryLogServer> {
    const chain = await this.metaStore.get(LOG);
    return this.server(chain?.segments.at(-1)?.sequencer?.serverId ?? 'none');
  }

  /** The members of the log's last loglet. */
  async members(): Promise<MemoryLogServer[]> {
    const chain = await this.metaStore.get(LOG);
    return (chain?.segments.at(-1)?.nodeset ?? []).map((member) => this.server(member.serverId));
  }

  /** The loglets of the log that a server holds. */
  async loglets(name: string, log: LogId = LOG): Promise<LogletId[]> {
    const held: LogletId[] = [];
    for await (const item of this.server(name).inventory({ logId: log }))
      if (item.item === 'loglet') held.push(item.state.descriptor.logletId);
    return held;
  }

  readonly reporter: Reporter = {
    stage: () => ({ update: () => {}, done: () => {}, failed: () => {} }),
    note: () => {},
    text: () => {},
    warn: (message) => this.warnings.push(message),
  };

  #parts(): VirtualLogOptions {
    return {
      logId: LOG,
      metaStore: this.metaStore,
      logServers: this.servers,
      clock: this.clock,
      random: this.random,
      policy: this.policy,
      reporter: this.reporter,
    };
  }

  #start(count: number, zones: number): Map<ServerId, MemoryLogServer> {
    const servers = new Map<ServerId, MemoryLogServer>();
    for (let place = 1; place <= count; place += 1) {
      const id = serverId(`s${place}`);
      const server = new MemoryLogServer({
        serverId: id,
        clusterId: CLUSTER_ID,
        location: `r1/z${((place - 1) % zones) + 1}`,
        generation: FIRST_GENERATION,
        clock: this.clock,
        random: this.random,
        connect: (peer) => servers.get(peer),
      });
      servers.set(id, server);
    }
    return servers;
  }

  #snapshots(repositoryId: string): LogSnapshots {
    const { repository, clock, random } = this;
    const snapshots = new Snapshots({
      repository,
      clusterId: CLUSTER_ID,
      clock,
      random,
      writtenBy: 'a test',
    });
    return {
      repositoryId: async () => repositoryId,
      ensureSnapshot: (chain, options) => snapshots.ensureSnapshot(chain, options),
      knows: async (id) => (await snapshots.newest(id)) !== undefined,
    };
  }
}

export function payloads(...texts: string[]): Uint8Array[] {
  return texts.map((text) => new TextEncoder().encode(text));
}

/** Texts of what a log serves, in order; fails when positions are not consecutive. */
export async function texts(
  log: VirtualLog,
  range: Parameters<VirtualLog['read']>[0] = {},
): Promise<string[]> {
  const read: string[] = [];
  let previous: Entry | undefined;
  for await (const entry of log.read(range)) {
    if (previous !== undefined && entry.position !== previous.position + 1n)
      throw new Error(`${entry.position} follows ${previous.position}`);
    previous = entry;
    read.push(new TextDecoder().decode(entry.payload));
  }
  return read;
}

/** Servers as a client sees them through `change`, one by one. */
export function seenThrough(
  servers: ReadonlyMap<ServerId, LogServer>,
  change: (server: LogServer) => LogServer,
): Map<ServerId, LogServer> {
  return new Map([...servers].map(([id, server]) => [id, change(server)]));
}
