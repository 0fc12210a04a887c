import { type Chain, chainDigest, lastSegment } from '../../src/core/chain.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import {
  type Durability,
  durabilityProblems,
  isAdmissible,
  type NodesetMember,
  type SuccessorRule,
} from '../../src/core/durability.ts';
import { compareGenerations } from '../../src/core/generation.ts';
import { type LogletId, type ServerId, serverId, storeId } from '../../src/core/ids.ts';
import { containsCommitQuorum, isSealQuorum, quorumSystem } from '../../src/core/quorum.ts';
import { NO_CONSENT, reconstructLog } from '../../src/core/reconstruct/reconstruct.ts';
import { inferTail, type TailAnswer } from '../../src/core/tail.ts';
import {
  FENCEABLE,
  generation,
  LOG,
  OFF,
  REPOSITORY,
  REQUIRED,
  type State,
  World,
} from '../support/evidence.ts';

/**
 * True histories of one log: racing reconfigurers that may die after any single message, a sequencer, a trimmer,
 * disks that are replaced. What was acknowledged is kept apart from what stores say. At the end some servers are
 * silent, and what remains is the observation.
 */
export interface History {
  readonly world: World;
  /** Per loglet, exclusive: what its sequencer has acknowledged, or may have. */
  readonly acknowledged: ReadonlyMap<LogletId, bigint>;
  /** Every store that ever activated a loglet, also those that are gone. */
  readonly activated: ReadonlyMap<LogletId, ReadonlySet<ServerId>>;
  /** Every loglet that was ever in the register, also those trimmed off. */
  readonly installed: ReadonlySet<LogletId>;
  /** The generation that made each loglet. */
  readonly madeIn: ReadonlyMap<LogletId, number>;
  readonly trims: readonly { readonly to: bigint; readonly generation: number }[];
  readonly wiped: boolean;
  readonly damaged: boolean;
  readonly trace: readonly string[];
}

/** Which accidents a history may have. */
export interface Dangers {
  readonly wipes: boolean;
  readonly trims: boolean;
  readonly damage: boolean;
  /** Earlier recoveries, each a new generation: only such as were proven, or also such as an operator accepted. */
  readonly recoveries?: 'proven' | 'accepted';
}

export class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  /** Mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }
  chance(share: number): boolean {
    return this.next() < share;
  }
  pick<T>(all: readonly T[]): T | undefined {
    return all[this.below(all.length)];
  }
  some<T>(all: readonly T[], share = 0.5): T[] {
    return all.filter(() => this.chance(share));
  }
  shuffled<T>(all: readonly T[]): T[] {
    return all
      .map((one) => ({ one, key: this.next() }))
      .sort((a, b) => a.key - b.key)
      .map(({ one }) => one);
  }
}

const POLICIES: readonly Durability[] = [
  { kind: 'all' },
  { kind: 'all' },
  { kind: 'majority' },
  { kind: 'count', copies: 2 },
  { kind: 'count', copies: 3 },
  { kind: 'spread', zones: 2, copies: 2 },
];

/** One reconfiguration by one client: what it knows, and what it does next. */
interface Reconfigurer {
  readonly name: string;
  readonly read: Chain;
  phase: 'seal' | 'provision' | 'install' | 'snapshot' | 'activate' | 'close' | 'done';
  readonly answers: Map<ServerId, TailAnswer>;
  next?: Descriptor;
  installed?: Chain;
}

export class Historian {
  readonly world: World;
  readonly #dice: Dice;
  readonly #dangers: Dangers;
  readonly #stored = new Map<string, bigint>();
  readonly #acknowledged = new Map<LogletId, bigint>();
  readonly #activated = new Map<LogletId, Set<ServerId>>();
  readonly #installed = new Set<LogletId>();
  readonly #versions: Chain[] = [];
  readonly #listed = new Set<number>();
  readonly #trace: string[] = [];
  readonly #mode: 'off' | 'best-effort' | 'required' | 'mixed';
  #crew: Reconfigurer[] = [];
  #names = 0;
  #wiped = false;
  #recoveries = 0;
  readonly #madeIn = new Map<LogletId, number>();
  readonly #trims: { to: bigint; generation: number }[] = [];

  constructor(seed: number, dangers: Dangers) {
    this.#dice = new Dice(seed);
    this.#dangers = dangers;
    const dice = this.#dice;
    this.world = new World(0);
    const size = 3 + dice.below(4);
    for (let place = 1; place <= size; place += 1) this.world.add(`s${place}`, `eu/z${dice.below(3)}`);
    this.#mode = dice.pick(['off', 'off', 'best-effort', 'required', 'mixed'] as const) ?? 'off';
    this.#begin();
  }

  run(steps: number): History {
    for (let step = 0; step < steps; step += 1) this.#step();
    this.#end();
    const { world } = this;
    return {
      world,
      acknowledged: this.#acknowledged,
      activated: this.#activated,
      installed: this.#installed,
      madeIn: this.#madeIn,
      trims: this.#trims,
      wiped: this.#wiped,
      damaged: [...world.servers.values()].some((server) => server.damaged.length > 0),
      trace: this.#trace,
    };
  }

  #begin(): void {
    const shape = this.#shape(undefined);
    const genesis = this.world.genesis('L0', shape);
    this.#names = 1;
    this.world.install(genesis);
    this.#installedNow();
    if (this.#dice.chance(0.95))
      for (const { serverId: id } of genesis.nodeset) this.#activateOn(genesis, id);
  }

  #step(): void {
    const roll = this.#dice.next();
    if (roll < 0.3) this.#append();
    else if (roll < 0.34 && this.#dangers.wipes) this.#wipe();
    else if (roll < 0.38 && this.#dangers.trims) this.#trim();
    else if (roll < 0.395 && this.#dangers.recoveries !== undefined) this.#recover(this.#dangers.recoveries);
    else if (roll < 0.45 && this.#crew.length < 3) this.#hire();
    else if (this.#crew.length > 0) this.#work(this.#dice.pick(this.#crew));
  }

  #say(text: string): void {
    this.#trace.push(text);
  }

  // --- data -----------------------------------------------------------------------------------------------------

  #append(): void {
    const states = this.#copies().filter(
      ({ state }) =>
        !state.sealed && state.activatedAt !== undefined && this.#installed.has(state.descriptor.logletId),
    );
    const chosen = this.#dice.pick(states);
    if (chosen === undefined) return;
    const { id, state } = chosen;
    const { logletId: loglet } = state.descriptor;
    state.localTail += BigInt(1 + this.#dice.below(2));
    this.#stored.set(`${loglet}@${id}@${this.world.server(id).storeId}`, state.localTail);
    this.#acknowledge(state.descriptor);
    const known = this.#acknowledged.get(loglet) ?? 0n;
    if (this.#dice.chance(0.3) && known > state.knownCommitted && known <= state.localTail)
      state.knownCommitted = known;
    this.#say(`store ${loglet} to ${state.localTail} on ${id}`);
  }

  /** The sequencer acknowledges as soon as it may: the worst case for a recovery. */
  #acknowledge({ logletId: loglet, nodeset, durability, start }: Descriptor): void {
    const system = quorumSystem(durability, nodeset);
    const stored = (one: NodesetMember) =>
      this.#stored.get(`${loglet}@${one.serverId}@${one.storeId}`) ?? start;
    let tail = this.#acknowledged.get(loglet) ?? start;
    const holders = () => new Set(nodeset.filter((one) => stored(one) > tail).map((one) => one.serverId));
    while (containsCommitQuorum(system, holders())) tail += 1n;
    this.#acknowledged.set(loglet, tail);
  }

  /** An old disaster: some did not answer then, and were not fenced; the old register is gone for good. */
  #recover(which: 'proven' | 'accepted'): void {
    const { world } = this;
    const dice = this.#dice;
    if (this.#recoveries >= 2) return;
    const silent = dice.some([...world.servers.keys()], 0.25);
    world.silence(...silent);
    if (this.#mode !== 'off' && dice.chance(0.7)) world.repository = FENCEABLE;
    const rebuilt = reconstructLog(
      { ...world.observe(), chains: world.repository ? world.chains : [] },
      LOG,
      NO_CONSENT,
    );
    const { chain, end } = rebuilt;
    const isFenced = world.repository !== undefined;
    world.answerAs('answers', ...silent);
    world.repository = undefined;
    const isAccepted =
      rebuilt.verdict === 'proven' || (which === 'accepted' && rebuilt.verdict === 'unproven');
    if (chain === undefined || end === undefined || !isAccepted || end.last.state === 'unsealable') return;
    this.#recoveries += 1;
    const number = this.#recoveries + 1;
    // Where the proof rests on the operator's word, those who were silent come back through `fence` only.
    const isProven = rebuilt.verdict === 'proven';
    const answering = [...world.servers.keys()].filter((id) => !isProven || !silent.includes(id));
    for (const id of answering) this.world.server(id).generation = generation(number);
    const kept = new Set(chain.segments.map((segment) => segment.logletId));
    for (const { id, state } of this.#copies())
      if (answering.includes(id) && (!kept.has(state.descriptor.logletId) || end.last.state === 'sealed'))
        state.sealed = true;
    const version = rebuilt.versionSeen + 1000;
    world.register = { ...chain, generation: generation(number), version, generationStart: version };
    this.#versions.push(world.chain);
    // Whoever had not installed by then never will; the others go on where they are not fenced.
    this.#crew = this.#crew.filter((one) => one.installed !== undefined);
    if (isFenced)
      this.#crew = this.#crew.filter((one) => one.phase !== 'snapshot' || one.read.snapshots.mode === 'off');
    if (end.last.state === 'active')
      for (const member of end.tip.nodeset)
        if (end.tip.descriptor && answering.includes(member.serverId) && dice.chance(0.8)) {
          if (this.#mode !== 'off') this.#list(version);
          this.#activateOn(end.tip.descriptor, member.serverId);
        }
    if (this.#mode !== 'off' && dice.chance(0.6)) this.#list(version);
    this.#say(
      `recovery ${number} without ${silent.join(' ')}: ${rebuilt.verdict} by ${end.proof.kind}, ${end.last.state} ${[...kept].join(' ')}`,
    );
  }

  #list(version: number): void {
    const chain = this.#versions.find((one) => one.version === version);
    if (chain === undefined || this.#listed.has(version)) return;
    this.#listed.add(version);
    this.world.snapshot('snapshot', chain);
  }

  #obeys(id: string, who: Reconfigurer): boolean {
    const server = this.world.server(id);
    if (compareGenerations(who.read.generation, server.generation) < 0) return false;
    server.generation = who.read.generation;
    return true;
  }

  #wipe(): void {
    const id = this.#dice.pick([...this.world.servers.keys()]);
    if (id === undefined) return;
    this.world.replaceDisk(id);
    this.world.server(id).generation = this.world.chain.generation;
    this.#wiped = true;
    this.#say(`${id} gets a new disk`);
  }

  /** To a position below which all is final or acknowledged, by the register first. */
  #trim(): void {
    const chain = this.world.chain;
    const determined = [...chain.segments].reverse().find((segment) => this.#isActive(segment.logletId));
    const limit = determined && (this.#acknowledged.get(determined.logletId) ?? determined.start);
    if (limit === undefined || limit <= chain.trimPoint) return;
    const to = this.#dice.chance(0.3)
      ? limit
      : chain.trimPoint + BigInt(this.#dice.below(Number(limit - chain.trimPoint) + 1));
    if (to <= chain.trimPoint) return;
    this.world.register = {
      ...chain,
      version: chain.version + 1,
      trimPoint: to,
      segments: chain.segments.filter((segment) => segment.end === undefined || segment.end > to),
    };
    this.#versions.push(this.world.chain);
    const told = this.#dice.some([...this.world.servers.keys()], 0.7);
    this.world.trim(to, told);
    this.#trims.push({ to, generation: chain.generation.number });
    for (const id of told) this.world.server(id).generation = chain.generation;
    this.#say(`trim to ${to}, told ${told.join(' ')}`);
  }

  // --- reconfiguration, one message a step ----------------------------------------------------------------------

  #hire(): void {
    const read = this.world.chain;
    this.#crew.push({ name: `R${this.#names}`, read, phase: 'seal', answers: new Map() });
  }

  #work(who: Reconfigurer | undefined): void {
    if (who === undefined) return;
    if (this.#dice.chance(0.04)) {
      this.#say(`${who.name} dies in ${who.phase}`);
      this.#crew = this.#crew.filter((one) => one !== who);
      return;
    }
    this.#act(who);
    if (who.phase === 'done') this.#crew = this.#crew.filter((one) => one !== who);
  }

  #act(who: Reconfigurer): void {
    switch (who.phase) {
      case 'seal':
        this.#seal(who);
        return;
      case 'provision':
        this.#provision(who);
        return;
      case 'install':
        this.#install(who);
        return;
      case 'snapshot':
        this.#snapshot(who);
        return;
      case 'activate':
        this.#activate(who);
        return;
      case 'close':
        this.#close(who);
        return;
      case 'done':
        return;
    }
  }

  #seal(who: Reconfigurer): void {
    const last = lastSegment(who.read);
    const member = this.#dice.pick(last.nodeset);
    const state = member && this.#stateOf(member, last.logletId);
    if (member !== undefined && state !== undefined && this.#obeys(member.serverId, who)) {
      state.sealed = true;
      const { localTail, knownCommitted } = state;
      who.answers.set(member.serverId, { serverId: member.serverId, localTail, knownCommitted });
      this.#say(`${who.name} seals ${last.logletId} on ${member.serverId} at ${localTail}`);
    }
    const system = quorumSystem(last.durability, last.nodeset);
    if (!isSealQuorum(system, new Set(who.answers.keys())) || this.#dice.chance(0.4)) return;
    const inferred = inferTail(last, [...who.answers.values()]);
    if (inferred.kind !== 'tail' || inferred.contradiction) {
      who.phase = 'done';
      return;
    }
    this.#repair(who, inferred.tail);
    this.#choose(who, inferred.tail);
  }

  /** It may die anywhere in it, so any responders may have been repaired. */
  #repair(who: Reconfigurer, tail: bigint): void {
    const last = lastSegment(who.read);
    for (const member of last.nodeset) {
      const state = who.answers.has(member.serverId) ? this.#stateOf(member, last.logletId) : undefined;
      if (
        state === undefined ||
        state.localTail >= tail ||
        !this.#obeys(member.serverId, who) ||
        this.#dice.chance(0.2)
      )
        continue;
      state.localTail = tail;
      this.#say(`${who.name} repairs ${last.logletId} on ${member.serverId} to ${tail}`);
    }
  }

  #choose(who: Reconfigurer, start: bigint): void {
    const shape = this.#shape(who.read.nextRules);
    if (shape === undefined) {
      who.phase = 'done';
      return;
    }
    const name = `L${this.#names}`;
    this.#names += 1;
    who.next = this.world.drafted(name, { ...shape, start }, who.read);
    this.#madeIn.set(who.next.logletId, who.next.generation.number);
    who.phase = 'provision';
    this.#say(
      `${who.name} drafts ${name} after ${lastSegment(who.read).logletId} at ${start} on ${shape.on.join(' ')} ${shape.durability.kind}`,
    );
  }

  #provision(who: Reconfigurer): void {
    const { next } = who;
    if (next === undefined) return;
    const missing = next.nodeset.find((one) => this.#stateOf(one, next.logletId) === undefined);
    if (missing === undefined) {
      who.phase = 'install';
      return;
    }
    const provisioned = this.#obeys(missing.serverId, who) && this.world.provision(next, missing.serverId);
    this.#say(`${who.name} provisions ${next.logletId} on ${missing.serverId}: ${provisioned}`);
    if (!provisioned) who.phase = 'done';
  }

  #install(who: Reconfigurer): void {
    const { next } = who;
    if (next === undefined) return;
    who.phase = 'done';
    if (chainDigest(this.world.chain) !== chainDigest(who.read)) {
      this.#say(`${who.name} loses with ${next.logletId}`);
      return;
    }
    this.world.install(next);
    this.#installedNow();
    who.installed = this.world.chain;
    who.phase = 'snapshot';
    this.#say(`${who.name} installs ${next.logletId}`);
  }

  #snapshot(who: Reconfigurer): void {
    const { installed } = who;
    if (installed === undefined) return;
    // A last loglet that is not known to be active passes its duty on.
    const required = installed.segments.slice(-2).some((one) => one.snapshotRequired);
    const writes = required || (who.read.snapshots.mode !== 'off' && this.#dice.chance(0.6));
    if (writes) {
      const { number } = installed.generation;
      for (const { version, generation: its } of this.#versions)
        if (version <= installed.version && its.number === number) this.#list(version);
      this.#say(`${who.name} writes snapshots to ${installed.version}`);
    }
    who.phase = 'activate';
  }

  #activate(who: Reconfigurer): void {
    const { next } = who;
    if (next === undefined) return;
    const missing = this.#dice.pick(
      next.nodeset.filter((one) => this.#stateOf(one, next.logletId)?.activatedAt === undefined),
    );
    if (missing !== undefined && this.#obeys(missing.serverId, who)) this.#activateOn(next, missing.serverId);
    if (this.#isActive(next.logletId) && this.#dice.chance(0.6)) who.phase = 'close';
    else if (missing === undefined || this.#dice.chance(0.05)) who.phase = 'done';
  }

  #activateOn(descriptor: Descriptor, id: ServerId): void {
    const member = descriptor.nodeset.find((one) => one.serverId === id);
    const state = member && this.#stateOf(member, descriptor.logletId);
    if (state === undefined) return;
    state.activatedAt ??= descriptor.chainVersion;
    const known = this.#activated.get(descriptor.logletId) ?? new Set();
    this.#activated.set(descriptor.logletId, known.add(id));
    this.#say(`${descriptor.logletId} active on ${id}`);
  }

  #close(who: Reconfigurer): void {
    const { next, read } = who;
    if (next === undefined) return;
    for (const [place, segment] of read.segments.entries()) {
      const after = read.segments[place + 1];
      const successor = after ?? next;
      const { logletId: id, nodeset } = successor;
      const chainVersion = after === undefined ? next.chainVersion : 1;
      for (const member of this.#dice.some(segment.nodeset, 0.7)) {
        const state = this.#stateOf(member, segment.logletId);
        if (state === undefined || state.close !== undefined || !this.#obeys(member.serverId, who)) continue;
        state.sealed = true;
        state.close = { end: successor.start, successor: { logletId: id, nodeset, chainVersion } };
        if (state.knownCommitted < successor.start) state.knownCommitted = successor.start;
      }
    }
    this.#say(`${who.name} writes close records up to ${next.logletId}`);
    who.phase = 'done';
  }

  // --- the end --------------------------------------------------------------------------------------------------

  #end(): void {
    const { world } = this;
    const dice = this.#dice;
    if (dice.chance(0.4)) {
      const old = dice.pick(this.#versions);
      if (old !== undefined) world.snapshot('cache', old);
    }
    if (this.#mode !== 'off' && dice.chance(0.8)) world.repository = FENCEABLE;
    if (world.repository === undefined) this.#loseSnapshots();
    const silence = dice.pick([0, 0.2, 0.35, 0.5]) ?? 0;
    for (const id of world.servers.keys()) {
      if (dice.chance(silence)) world.silence(id);
      else if (dice.chance(0.05)) world.answerAs('offline', id);
      else if (this.#dangers.damage && dice.chance(0.1)) this.#damage(id);
    }
    this.#say(
      `silent: ${[...world.servers]
        .filter(([, one]) => one.reply !== 'answers')
        .map(([id, one]) => `${id} ${one.reply}`)
        .join(', ')}`,
    );
  }

  /** The repository is gone, or some of what clients and members kept of it is left. */
  #loseSnapshots(): void {
    const kept = this.world.chains.filter(() => this.#dice.chance(0.2));
    this.world.chains.splice(
      0,
      this.world.chains.length,
      ...kept.map((one) => ({ ...one, source: 'cache' as const })),
    );
  }

  #damage(id: string): void {
    const server = this.world.server(id);
    const victim = this.#dice.pick([...server.loglets.keys()]);
    if (victim === undefined) return;
    server.loglets.delete(victim);
    server.damaged.push(victim);
  }

  // --- what is -------------------------------------------------------------------------------------------------

  #installedNow(): void {
    this.#installed.add(lastSegment(this.world.chain).logletId);
    this.#versions.push(this.world.chain);
  }

  #copies(): { id: string; state: State }[] {
    return [...this.world.servers].flatMap(([id, server]) =>
      [...server.loglets.values()].map((state) => ({ id, state })),
    );
  }

  #stateOf(member: NodesetMember, loglet: LogletId): State | undefined {
    const server = this.world.server(member.serverId);
    return server.storeId === member.storeId ? server.loglets.get(loglet) : undefined;
  }

  #isActive(loglet: LogletId): boolean {
    const segment = this.#versions.flatMap((chain) => chain.segments).find((one) => one.logletId === loglet);
    if (segment === undefined) return false;
    return containsCommitQuorum(
      quorumSystem(segment.durability, segment.nodeset),
      this.#activated.get(loglet) ?? new Set(),
    );
  }

  /** A nodeset, its policy and what it allows its successor, within the predecessor's rules. */
  #shape(rules: readonly SuccessorRule[] | undefined) {
    const dice = this.#dice;
    const allowed = rules?.map((one) => one.durability) ?? POLICIES;
    for (let tries = 0; tries < 20; tries += 1) {
      const durability = dice.pick(allowed) ?? { kind: 'all' };
      const on = dice.shuffled([...this.world.servers.keys()]).slice(0, 1 + dice.below(4));
      const nodeset = on.map((id) => this.#member(id));
      if (durabilityProblems(durability, nodeset).length > 0) continue;
      if (rules !== undefined && !isAdmissible(rules, { durability, nodeset })) continue;
      return { on, durability, nextRules: this.#rules(), snapshots: this.#snapshots() };
    }
    return undefined as never;
  }

  #member(id: string): NodesetMember {
    const { location, storeId: store } = this.world.server(id);
    return { serverId: serverId(id), storeId: storeId(store), location };
  }

  #rules(): SuccessorRule[] {
    const durability = this.#dice.pick(POLICIES) ?? { kind: 'all' };
    const rule = { durability, minNodesetSize: 1 + this.#dice.below(4), minZones: 1 };
    return this.#dice.chance(0.3)
      ? [rule, { durability: { kind: 'majority' }, minNodesetSize: 2 + this.#dice.below(2), minZones: 1 }]
      : [rule];
  }

  #snapshots() {
    const mode =
      this.#mode === 'mixed' ? this.#dice.pick(['off', 'best-effort', 'required'] as const) : this.#mode;
    if (mode === undefined || mode === 'off') return OFF;
    return mode === 'required' ? REQUIRED : { mode, repositoryId: REPOSITORY };
  }
}
