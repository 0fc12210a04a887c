import type { RebuildPlan } from '../../../src/codec/plan.ts';
import type { Chain, SnapshotPolicy } from '../../../src/core/chain.ts';
import type { DrError } from '../../../src/core/errors.ts';
import type { Observation } from '../../../src/core/evidence.ts';
import type { Generation } from '../../../src/core/generation.ts';
import { compareGenerations, FIRST_GENERATION } from '../../../src/core/generation.ts';
import {
  clusterId,
  type LogId,
  type LogletId,
  logId,
  type Position,
  type ServerId,
  serverId,
} from '../../../src/core/ids.ts';
import { MemoryLogServer } from '../../../src/drivers/memory/logServer.ts';
import { MemoryMetaStore } from '../../../src/drivers/memory/metaStore.ts';
import type { Cluster } from '../../../src/operations/cluster.ts';
import type { LogServer } from '../../../src/ports/LogServer.ts';
import { ensureRepositoryIdentity } from '../../../src/snapshots/identity.ts';
import { Snapshots } from '../../../src/snapshots/Snapshots.ts';
import type { LogletPolicy } from '../../../src/virtuallog/policy.ts';
import { VirtualLog } from '../../../src/virtuallog/VirtualLog.ts';
import { soundCopyExists } from '../oracle/disks.ts';
import { Oracle, textOf } from '../oracle/oracle.ts';
import type { Scenario } from '../scenario.ts';
import { logServerSeenBy, type ServerWatch } from './logServer.ts';
import { SimMetaStore } from './metaStore.ts';
import { Network } from './network.ts';
import { SimRepository } from './repository.ts';
import { Rng } from './rng.ts';
import { Scheduler } from './scheduler.ts';
import { SimProcess } from './simProcess.ts';
import { Story } from './story.ts';

export const CLUSTER_ID = clusterId('00000000-0000-4000-8000-0000000000c1');
const REPOSITORY_ID = '00000000-0000-4000-8000-0000000000f1';

/** One simulated cluster: the shipped code on the memory drivers, and the oracle beside it. */
export class World {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly scheduler: Scheduler;
  readonly story: Story;
  readonly network: Network;
  readonly oracle: Oracle;
  readonly repository = new SimRepository();
  readonly metaStores = new Map<string, SimMetaStore>();
  readonly servers = new Map<ServerId, MemoryLogServer>();
  readonly logIds: readonly LogId[];
  readonly wiped = new Set<ServerId>();
  /** Killed for good: never started again. */
  readonly destroyed = new Set<ServerId>();
  /** Silent servers that came back. */
  readonly answering = new Set<ServerId>();
  readonly operatorNames = new Set<string>();
  /** Why the last look at a log failed. */
  readonly finalErrors = new Map<LogId, DrError | undefined>();
  /** What the last reader was told is lost. Whether it is, other checkers ask. */
  readonly finalHoles = new Map<LogId, readonly { readonly from: Position; readonly to: Position }[]>();
  /** No accidents any more. */
  scenarioOver = false;
  /** What recoveries saw, and what was planned from it without any consent. */
  readonly observations: {
    /** When the first server was asked. */
    readonly from: number;
    readonly observation: Observation;
    readonly plan: RebuildPlan;
  }[] = [];
  readonly #processes = new Map<string, SimProcess>();
  readonly #accidents: Rng;
  readonly #lost = new Map<string, number>();
  #names = 0;

  constructor(seed: number, scenario: Scenario, told: boolean) {
    this.seed = seed;
    this.scenario = scenario;
    this.scheduler = new Scheduler(new Rng(seed, 'order'));
    this.story = new Story(this.scheduler, told);
    this.network = new Network(this.scheduler, new Rng(seed, 'network'), this.story);
    this.oracle = new Oracle(() => this.scheduler.elapsed);
    this.#accidents = new Rng(seed, 'accidents');
    this.logIds = Array.from({ length: scenario.logs }, (_, place) => logId(`log${place + 1}`));
    for (let place = 1; place <= scenario.servers; place += 1) this.#addServer(place);
    this.addMetaStore('metastore');
    const slow = new Rng(seed, 'repository');
    this.repository.delay = (from) => this.#repositoryDelay(from, slow);
  }

  /** Only the way of the clients is slow: an operator stands beside it. */
  #repositoryDelay(from: SimProcess, rng: Rng): Promise<void> {
    const { repositoryDelayMs } = this.scenario;
    if (repositoryDelayMs === 0 || !from.isClient || this.scenarioOver) return Promise.resolve();
    return new Promise((resolve) => this.scheduler.after(rng.next() * repositoryDelayMs, resolve));
  }

  async prepare(): Promise<void> {
    await ensureRepositoryIdentity(this.repository.objects, {
      repositoryId: REPOSITORY_ID,
      now: this.scheduler.now,
    });
  }

  rng(stream: string): Rng {
    return new Rng(this.seed, stream);
  }

  process(name: string): SimProcess {
    this.#names += 1;
    const process = new SimProcess(`${name}.${this.#names}`, this.scheduler, this.seed);
    this.#processes.set(process.name, process);
    return process;
  }

  addMetaStore(name: string, registers = new MemoryMetaStore()): SimMetaStore {
    const store = new SimMetaStore(name, registers, (from, chain, by) => {
      const last = chain.segments.at(-1);
      const members = last?.nodeset ?? [];
      const held = members.filter((member) =>
        this.#disk(member.serverId)?.loglets.has(last?.logletId as LogletId),
      );
      this.story.tell(
        () =>
          `${from} takes version ${chain.version} of ${chain.logId}: ${chain.segments.map((one) => `${one.index}:${one.logletId.slice(-4)}@${one.start}`).join(' ')}`,
      );
      this.oracle.install(from, chain, held.length);
      this.#mustBeCompleted(chain, by);
    });
    this.metaStores.set(name, store);
    return store;
  }

  /** Protocol §3.1: every copy that answered the seal holds all of the tail before the successor is installed. */
  #mustBeCompleted(chain: Chain, by: SimProcess): void {
    const [before, last] = chain.segments.slice(-2);
    const round = before && by.sealed.get(before.logletId);
    if (before === undefined || last === undefined || round === undefined) return;
    if (by.troubledAt >= round.asked) return;
    const copies = [...round.servers].map((id) => ({
      id,
      held: this.#disk(id)?.loglets.get(before.logletId),
    }));
    // What no copy that answered has can be given to none: a loss, and the plan's to tell.
    if (!copies.some(({ held }) => held !== undefined && held.localTail >= last.start)) return;
    for (const { id, held } of copies) {
      if (held !== undefined && held.localTail < last.start)
        this.oracle.violate(
          'every copy that was sealed is completed',
          `${id} answered the seal of ${before.logletId} and holds it up to ${held.localTail}; ${by.name} installed a successor from ${last.start}`,
        );
    }
  }

  metaStore(name: string): SimMetaStore {
    const store = this.metaStores.get(name);
    if (store === undefined) throw new Error(`no MetaStore ${name}`);
    return store;
  }

  /** Clients that are alive. */
  clients(): SimProcess[] {
    return [...this.#processes.values()].filter((one) => one.isClient && !one.dead);
  }

  serverList(): MemoryLogServer[] {
    return [...this.servers.values()];
  }

  server(id: ServerId): MemoryLogServer {
    const server = this.servers.get(id);
    if (server === undefined) throw new Error(`no server ${id}`);
    return server;
  }

  snapshotPolicy(): SnapshotPolicy {
    const { mode } = this.scenario.snapshots;
    return mode === 'off' ? { mode } : { mode, repositoryId: REPOSITORY_ID };
  }

  policy(turn: number): LogletPolicy {
    const { policies, nodesetSize } = this.scenario;
    const durability = policies[turn % policies.length] ?? { kind: 'all' };
    return {
      durability,
      nodesetSize,
      nextRules: this.scenario.rules,
      snapshots: this.snapshotPolicy(),
    };
  }

  logServersFor(process: SimProcess): Map<ServerId, LogServer> {
    return new Map(this.serverList().map((server) => [server.serverId, this.#seenBy(process, server)]));
  }

  snapshotsFor(process: SimProcess): Snapshots | undefined {
    if (this.scenario.snapshots.mode === 'off') return undefined;
    return new Snapshots({
      repository: this.repository.seenBy(process, this.network),
      clusterId: CLUSTER_ID,
      clock: process.clock,
      random: process.random,
      writtenBy: process.name,
    });
  }

  /** A client of one log, in a process of its own or in one given. */
  client(
    log: LogId,
    options: {
      metaStore: string;
      process: SimProcess;
      turn?: number;
      mayReconfigure?: boolean;
      retryUnknown?: boolean;
    },
  ): VirtualLog {
    const { process } = options;
    const snapshots = this.snapshotsFor(process);
    return new VirtualLog({
      logId: log,
      metaStore: this.metaStore(options.metaStore).seenBy(process, this.network),
      logServers: this.logServersFor(process),
      ...(snapshots && {
        snapshots: {
          repositoryId: () => snapshots.repositoryId(),
          ensureSnapshot: (chain, more) => snapshots.ensureSnapshot(chain, more),
          knows: (id) => snapshots.knows(id),
        },
      }),
      clock: process.clock,
      random: process.random,
      policy: this.policy(options.turn ?? 0),
      patience: { appendTimeoutMs: 12_000, suspectMs: 1_500, installTimeoutMs: 6_000 },
      append: { mayReconfigure: options.mayReconfigure ?? true, retryUnknown: options.retryUnknown ?? false },
    });
  }

  /** The cluster as an operator's process sees it. */
  cluster(process: SimProcess, metaStore: string): Cluster {
    const snapshots = this.snapshotsFor(process);
    return {
      clusterId: CLUSTER_ID,
      name: 'simulated',
      logServers: this.logServersFor(process),
      locations: new Map(this.serverList().map((server) => [server.serverId, server.disk.server.location])),
      metaStore: this.metaStore(metaStore).seenBy(process, this.network),
      ...(snapshots && { snapshots }),
      policy: this.policy(0),
      clock: process.clock,
      random: process.random,
      reporter: {
        stage: () => ({ update: () => {}, done: () => {}, failed: () => {} }),
        text: () => {},
        note: (message) => this.story.tell(() => `${process.name}: ${message}`),
        warn: (message) => this.story.tell(() => `${process.name} warns: ${message}`),
      },
    };
  }

  /** The greatest generation that any server holds. */
  greatestGeneration(): Generation {
    return this.serverList().reduce((greatest, { disk }) => {
      const { generation } = disk.server;
      return generation !== undefined && compareGenerations(generation, greatest) > 0 ? generation : greatest;
    }, FIRST_GENERATION);
  }

  wipe(id: ServerId): void {
    // Rot that nobody read yet is not known to anybody: such a copy still counts as one until it is read.
    const before = this.oracle.acked.filter(
      (one) => one.logletId && this.exists(one.logletId, one.position, true),
    );
    this.server(id).wipe();
    this.wiped.add(id);
    this.watchDisk(id);
    for (const { logletId, position } of before) {
      if (logletId !== undefined && !this.exists(logletId, position, true))
        this.#lost.set(`${logletId}/${position}`, this.scheduler.elapsed);
    }
  }

  /** Since when no disk holds an entry: never by a trim, only by an accident. */
  destroyedAt(logletId: LogletId, position: Position): number | undefined {
    return this.#lost.get(`${logletId}/${position}`);
  }

  /** Whether a sound copy of an entry is on any disk that was not thrown away. */
  exists(logletId: LogletId, position: Position, rottenToo = false): boolean {
    return soundCopyExists(this.serverList(), logletId, position, rottenToo);
  }

  /** Hooks for the oracle, and accidents between a batch and its answer. */
  watchDisk(id: ServerId): void {
    const server = this.server(id);
    const { disk } = server;
    disk.beforeCommit = async () => {
      if (this.#mayCrash()) {
        this.story.tell(() => `${id} crashes before a commit`);
        this.#crash(server);
        return;
      }
      await new Promise<void>((resolve) =>
        this.scheduler.after(this.#accidents.next() * this.scenario.diskMs, resolve),
      );
    };
    disk.afterCommit = async (writes) => {
      this.oracle.wrote(id, disk.server.storeId, writes);
      if (writes.some((write) => write.write === 'server' && write.record.retired)) this.#retired(id);
      if (this.#mayCrash()) {
        this.story.tell(() => `${id} crashes after a commit, before it answers`);
        this.#crash(server);
      }
    };
  }

  /** Whoever takes a server out of service has to see first that nothing is on it alone. */
  #retired(id: ServerId): void {
    const inForce = this.logIds.flatMap((log) => this.#chainInForce(log)?.segments ?? []);
    // What lies beyond a segment's end, or beyond a loss that was accepted, is in no log.
    const isInALog = (loglet: LogletId, position: Position) =>
      inForce.some(
        ({ logletId, end, loss }) =>
          logletId === loglet && position < (end ?? loss?.from ?? Number.POSITIVE_INFINITY),
      );
    for (const { logletId, position, logId: log } of this.oracle.acked) {
      if (logletId === undefined || !isInALog(logletId, position) || position < this.oracle.trimPoint(log))
        continue;
      const held = this.#disk(id)?.loglets.get(logletId);
      if (held === undefined || position < held.firstHeld || position >= held.localTail) continue;
      if (!this.exists(logletId, position, true))
        this.oracle.violate(
          'nothing is retired that is needed',
          `${id} was taken out of service; position ${position} of ${log} was nowhere else`,
        );
    }
  }

  /** Of several control planes, the register of the last recovery counts: an older one may list what was given up. */
  #chainInForce(log: LogId): Chain | undefined {
    const chains = [...this.metaStores.keys()].flatMap((name) => this.oracle.registerAt(name, log) ?? []);
    return chains.reduce<Chain | undefined>(
      (best, chain) =>
        best === undefined || compareGenerations(chain.generation, best.generation) > 0 ? chain : best,
      undefined,
    );
  }

  #mayCrash(): boolean {
    return !this.scenarioOver && this.#accidents.chance(this.scenario.crashAtCommit);
  }

  #crash(server: MemoryLogServer): void {
    server.kill();
    this.scheduler.after(200 + this.#accidents.next() * 3_000, () => {
      if (!server.running && !this.destroyed.has(server.serverId) && !this.kept.has(server.serverId))
        server.restart();
    });
  }

  /** Servers that stay down until somebody starts them. */
  readonly kept = new Set<ServerId>();

  #disk(id: ServerId) {
    return this.servers.get(id)?.disk;
  }

  #seenBy(process: SimProcess, server: MemoryLogServer): LogServer {
    return logServerSeenBy(process, server, {
      network: this.network,
      watch: this.#watch,
      elapsed: () => this.scheduler.elapsed,
      cutStreams: () => !this.scenarioOver && this.#accidents.chance(this.scenario.cutStreams),
    });
  }

  #addServer(place: number): void {
    const id = serverId(`s${place}`);
    const process = new SimProcess(id, this.scheduler, this.seed);
    const peers = new Map<ServerId, LogServer>();
    const server = new MemoryLogServer({
      serverId: id,
      clusterId: CLUSTER_ID,
      location: `r1/z${((place - 1) % this.scenario.zones) + 1}`,
      generation: FIRST_GENERATION,
      clock: process.clock,
      random: process.random,
      appendTimeoutMs: 2_000,
      connect: (peer) => {
        const known = peers.get(peer);
        if (known !== undefined) return known;
        const target = this.servers.get(peer);
        if (target === undefined) return undefined;
        const seen = this.#seenBy(process, target);
        peers.set(peer, seen);
        return seen;
      },
    });
    this.#processes.set(id, process);
    this.servers.set(id, server);
    this.watchDisk(id);
  }

  processNamed(name: string): SimProcess | undefined {
    return this.#processes.get(name);
  }

  readonly #watch: ServerWatch = {
    stored: (server, request, ok, wasSealed) => {
      if (ok && wasSealed && request.entries.length > 0)
        this.oracle.violate(
          '4 a sealed loglet acknowledges nothing',
          `${server} stored entries of ${request.logletId} although it was sealed there`,
        );
    },
    trimPoint: (logletId) => this.oracle.trimPointOf(logletId),
    sealedOnQuorum: (logletId) => this.oracle.wasSealed(logletId),
    appended: (server, { logletId, payloads, sealedBefore, trimPoint }, outcome) => {
      if (outcome.outcome !== 'acknowledged') return;
      const log = this.oracle.loglets.get(logletId)?.descriptor.logId;
      if (log === undefined) return;
      if (sealedBefore)
        this.oracle.violate(
          '4 a sealed loglet acknowledges nothing',
          `${server} acknowledged an append to ${logletId} that began when it was sealed on a seal quorum`,
        );
      payloads.forEach((payload, offset) => {
        this.oracle.ack(log, outcome.from + BigInt(offset), textOf(payload), { logletId, trimPoint });
      });
    },
  };
}
