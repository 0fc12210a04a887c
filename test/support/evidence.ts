import { digestOf, sha256 } from '../../src/core/canonical.ts';
import {
  type Chain,
  chainDigest,
  extendChain,
  lastSegment,
  type SnapshotPolicy,
} from '../../src/core/chain.ts';
import {
  type Descriptor,
  descriptorDigest,
  segmentOf,
  successorDescriptor,
} from '../../src/core/descriptor.ts';
import type { Durability, NodesetMember, SuccessorRule } from '../../src/core/durability.ts';
import type {
  ChainEvidence,
  Observation,
  ObservedServer,
  RepositoryEvidence,
  ServerAnswer,
} from '../../src/core/evidence.ts';
import { FIRST_GENERATION, type Generation } from '../../src/core/generation.ts';
import {
  clusterId,
  incarnation,
  type LogletId,
  logId,
  logletId,
  recoveryId,
  type ServerId,
  serverId,
  storeId,
} from '../../src/core/ids.ts';
import type { CloseRecord, LogletState, LogTrim, ServerStatus } from '../../src/core/logletState.ts';
import {
  type Consent,
  NO_CONSENT,
  type Reconstruction,
  reconstructLog,
} from '../../src/core/reconstruct/reconstruct.ts';

/**
 * A cluster of one log as it really is, moved by the steps of the protocol, and what a recovery sees of it. A test
 * tells the accident step by step; nothing here decides anything.
 */
export const CLUSTER = clusterId('c1');
export const LOG = logId('orders');
export const REPOSITORY = 'repository-1';
export const ALL: Durability = { kind: 'all' };
export const OFF: SnapshotPolicy = { mode: 'off' };
export const REQUIRED: SnapshotPolicy = { mode: 'required', repositoryId: REPOSITORY };
export const FENCEABLE: RepositoryEvidence = { repositoryId: REPOSITORY, canFence: true };

export type Ids = readonly string[];
export type State = { -readonly [K in keyof LogletState]: LogletState[K] };

export interface Server {
  readonly location: string;
  generation: Generation;
  storeId: string;
  loglets: Map<LogletId, State>;
  trim: LogTrim | undefined;
  reply: 'answers' | 'silent' | 'unadmitted' | 'foreign' | 'offline';
  damaged: LogletId[];
  /** Out of service: it tells what it holds, and takes and gives nothing. */
  retired?: true;
}

export interface Shape {
  readonly on?: Ids;
  readonly start?: bigint;
  readonly durability?: Durability;
  readonly nextRules?: readonly SuccessorRule[];
  readonly snapshots?: SnapshotPolicy;
  readonly retired?: Ids;
}

export const rule = (minNodesetSize: number, durability: Durability = ALL, minZones = 1): SuccessorRule => ({
  durability,
  minNodesetSize,
  minZones,
});

export const generation = (number: number): Generation => ({
  number,
  recoveryId: recoveryId(`r${number}`),
});

export class World {
  readonly servers = new Map<string, Server>();
  readonly chains: ChainEvidence[] = [];
  repository: RepositoryEvidence | undefined;
  /** What the register holds: the truth. */
  register: Chain | undefined;

  constructor(size = 3) {
    for (let number = 1; number <= size; number += 1) this.add(`s${number}`, `eu/z${number}`);
  }

  add(id: string, location: string): void {
    const store = { loglets: new Map(), trim: undefined, damaged: [] };
    this.servers.set(id, {
      location,
      generation: FIRST_GENERATION,
      storeId: `${id}-disk`,
      reply: 'answers',
      ...store,
    });
  }

  get chain(): Chain {
    if (this.register === undefined) throw new Error('the register is empty');
    return this.register;
  }

  /** The loglet in which everything begins; provisioned only. */
  genesis(name = 'A', shape: Shape = {}): Descriptor {
    const on = shape.on ?? [...this.servers.keys()];
    return this.keep({
      ...this.chosen(name, { ...shape, on }),
      clusterId: CLUSTER,
      logId: LOG,
      index: 0,
      start: 0n,
      chainVersion: 1,
      generation: FIRST_GENERATION,
      lineage: [],
      chainDigest: sha256(''),
      retired: (shape.retired ?? []).map(storeId),
    });
  }

  /** A successor to what the register holds, or held; provisioned on every store of its nodeset. */
  successor(name: string, shape: Shape = {}, chain = this.chain): Descriptor {
    return this.keep(this.drafted(name, shape, chain));
  }

  /** The same, before any store has it. */
  drafted(name: string, shape: Shape = {}, chain = this.chain): Descriptor {
    const start = shape.start ?? this.tailOf(lastSegment(chain).logletId);
    const on = shape.on ?? lastSegment(chain).nodeset.map((member) => member.serverId);
    const chosen = this.chosen(name, { ...shape, on });
    const retired = shape.retired && { retired: shape.retired.map(storeId) };
    return successorDescriptor(chain, start, { ...chosen, ...retired });
  }

  /** False when the store that the nodeset names is not there any more. */
  provision(descriptor: Descriptor, id: string): boolean {
    const server = this.server(id);
    const member = descriptor.nodeset.find((one) => one.serverId === id);
    if (member?.storeId !== server.storeId) return false;
    if (server.loglets.has(descriptor.logletId)) return true;
    server.loglets.set(descriptor.logletId, {
      descriptor,
      descriptorDigest: descriptorDigest(descriptor),
      firstHeld: descriptor.start,
      localTail: descriptor.start,
      sealed: false,
      knownCommitted: descriptor.start,
    });
    return true;
  }

  install(descriptor: Descriptor): void {
    const { register } = this;
    if (register === undefined) {
      const { clusterId: cluster, logId: log, retired, nextRules, snapshots } = descriptor;
      this.register = {
        clusterId: cluster,
        logId: log,
        generation: FIRST_GENERATION,
        version: 1,
        generationStart: 1,
        trimPoint: 0n,
        retired,
        segments: [segmentOf(descriptor)],
        nextRules,
        snapshots,
      };
    } else this.register = extendChain(register, segmentOf(descriptor), descriptor);
  }

  activate(name: string, on?: Ids): void {
    this.each(name, on, (state) => {
      state.activatedAt ??= state.descriptor.chainVersion;
    });
  }

  /** Entries up to `tail` on these stores. Committed ones are also known as such. */
  store(name: string, tail: bigint, on?: Ids): void {
    this.each(name, on, (state) => {
      if (state.localTail < tail) state.localTail = tail;
    });
  }

  acknowledge(name: string, tail: bigint, on?: Ids): void {
    this.store(name, tail, on);
    this.each(name, on, (state) => {
      state.knownCommitted = tail;
    });
  }

  seal(name: string, on?: Ids): void {
    this.each(name, on, (state) => {
      state.sealed = true;
      state.tailAtSeal ??= state.localTail;
    });
  }

  close(name: string, by: Descriptor, on?: Ids): void {
    const { logletId: id, nodeset, chainVersion, start } = by;
    const close: CloseRecord = { end: start, successor: { logletId: id, nodeset, chainVersion } };
    this.each(name, on, (state) => {
      state.sealed = true;
      state.tailAtSeal ??= state.localTail;
      state.close = close;
      if (state.knownCommitted < close.end) state.knownCommitted = close.end;
    });
  }

  /** A whole reconfiguration in which nothing goes wrong. */
  reconfigure(name: string, shape: Shape = {}): Descriptor {
    const before = lastSegment(this.chain).logletId;
    this.seal(before);
    const next = this.successor(name, shape);
    this.install(next);
    this.activate(name);
    this.close(before, next);
    return next;
  }

  /** What a recovery leaves in the register before it extends the chain. */
  recover(number: number, chain: Partial<Chain> = {}): void {
    const version = this.chain.version + 1000;
    this.register = {
      ...this.chain,
      ...chain,
      version,
      generationStart: version,
      generation: generation(number),
    };
  }

  trim(to: bigint, on: Ids = [...this.servers.keys()], by = this.chain.generation): void {
    for (const id of on) {
      const server = this.server(id);
      server.trim = { logId: LOG, trimPoint: to, generation: by };
      for (const state of server.loglets.values()) {
        const limit = to < state.knownCommitted ? to : state.knownCommitted;
        if (limit > state.firstHeld) state.firstHeld = limit;
      }
    }
  }

  drop(name: string, on: Ids = [...this.servers.keys()]): void {
    for (const id of on) this.server(id).loglets.delete(logletId(name));
  }

  silence(...ids: Ids): void {
    this.answerAs('silent', ...ids);
  }

  answerAs(reply: Server['reply'], ...ids: Ids): void {
    for (const id of ids) this.server(id).reply = reply;
  }

  /** A new, empty disk in an old server, admitted. */
  replaceDisk(id: string): void {
    const server = this.server(id);
    server.storeId = `${server.storeId}+`;
    server.loglets = new Map();
    server.trim = undefined;
  }

  snapshot(source: ChainEvidence['source'] = 'snapshot', chain = this.chain): void {
    this.chains.push({ source, name: `${source} ${chain.generation.number}/${chain.version}`, chain });
  }

  server(id: string): Server {
    const found = this.servers.get(id);
    if (found === undefined) throw new Error(`no server ${id}`);
    return found;
  }

  state(id: string, name: string): State {
    const found = this.server(id).loglets.get(logletId(name));
    if (found === undefined) throw new Error(`no ${name} on ${id}`);
    return found;
  }

  /** Replaces one store's descriptor: not something the protocol does. */
  forge(id: string, name: string, change: Partial<Descriptor>): void {
    const state = this.state(id, name);
    state.descriptor = { ...state.descriptor, ...change };
    state.descriptorDigest = descriptorDigest(state.descriptor);
  }

  observe(): Observation {
    return {
      clusterId: CLUSTER,
      servers: [...this.servers].map(([id, server]) => observed(serverId(id), server)),
      chains: this.chains,
      rejected: [],
      ...(this.repository && { repository: this.repository }),
      registers: [],
      registerReadable: true,
    };
  }

  rebuild(consent: Partial<Consent> = {}): Reconstruction {
    return reconstructLog(this.observe(), LOG, { ...NO_CONSENT, ...consent });
  }

  private each(name: string, on: Ids | undefined, change: (state: State) => void): void {
    for (const [id, server] of this.servers) {
      const state = server.loglets.get(logletId(name));
      if (state !== undefined && (on === undefined || on.includes(id))) change(state);
    }
  }

  private tailOf(id: LogletId): bigint {
    const tails = [...this.servers.values()].flatMap(({ loglets }) => loglets.get(id)?.localTail ?? []);
    return tails.reduce((most, tail) => (tail > most ? tail : most), 0n);
  }

  private chosen(name: string, shape: Shape & { on: Ids }) {
    const members = shape.on.map((id): NodesetMember => this.member(id));
    const [first] = members;
    if (first === undefined) throw new Error('an empty nodeset');
    const durability: Durability = shape.durability ?? ALL;
    return {
      logletId: logletId(name),
      kind: 'native' as const,
      nodeset: members,
      durability,
      nextRules: shape.nextRules ?? [rule(members.length, durability)],
      snapshots: shape.snapshots ?? OFF,
      sequencer: { serverId: first.serverId, incarnation: incarnation(`${first.serverId}-run`) },
      stores: this.living().map(({ serverId: id, storeId: store }) => ({ serverId: id, storeId: store })),
      createdAt: 0,
    };
  }

  private member(id: string): NodesetMember {
    const { location, storeId: store } = this.server(id);
    return { serverId: serverId(id), storeId: storeId(store), location };
  }

  private living(): NodesetMember[] {
    return [...this.servers].filter(([, { reply }]) => reply === 'answers').map(([id]) => this.member(id));
  }

  private keep(descriptor: Descriptor): Descriptor {
    for (const { serverId: id } of descriptor.nodeset) this.provision(descriptor, id);
    return descriptor;
  }
}

function observed(id: ServerId, server: Server): ObservedServer {
  return { serverId: id, location: server.location, configured: true, answer: answerOf(id, server) };
}

function answerOf(id: ServerId, server: Server): ServerAnswer {
  const status: ServerStatus = {
    serverId: id,
    storeId: storeId(server.storeId),
    clusterId: CLUSTER,
    location: server.location,
    generation: server.generation,
    retired: server.retired === true,
    pledged: 0,
    incarnation: incarnation(`${id}-run`),
    software: 'test',
  };
  if (server.reply === 'silent') return { kind: 'silent', detail: 'does not answer' };
  if (server.reply === 'unadmitted' || server.reply === 'foreign') return { kind: server.reply, status };
  return {
    kind: 'answered',
    status,
    offline: server.reply === 'offline',
    trims: server.trim === undefined ? [] : [server.trim],
    loglets: [...server.loglets.values()].map((state) => ({ ...state })),
    damaged: server.damaged.map((one) => ({ logletId: one, detail: 'digest' })),
  };
}

/** The default world: loglet A on s1, s2, s3 under `all`, active, with ten acknowledged entries. */
export function healthyWorld(shape: Shape & { size?: number } = {}): World {
  const world = new World(shape.size ?? 3);
  world.install(world.genesis('A', { on: ['s1', 's2', 's3'], ...shape }));
  world.activate('A');
  world.acknowledge('A', 10n);
  return world;
}

export const kinds = (rebuilt: Reconstruction): string[] => rebuilt.problems.map((problem) => problem.kind);
export const ids = (facts: readonly { readonly logletId: LogletId }[]): string[] =>
  facts.map((one) => one.logletId);
export const digest = (value: unknown): string => digestOf(value);
export { chainDigest };
