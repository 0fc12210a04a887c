import type { Chain } from '../../src/core/chain.ts';
import { DrError } from '../../src/core/errors.ts';
import type { LogId, Position } from '../../src/core/ids.ts';
import type { VirtualLog } from '../../src/virtuallog/VirtualLog.ts';
import { chores } from './chores.ts';
import type { Rng } from './sim/rng.ts';
import type { SimProcess } from './sim/simProcess.ts';
import { CLUSTER_ID, type World } from './sim/world.ts';
import { tailRounds } from './tails.ts';

/** Clients of one control plane. */
export interface Plane {
  readonly metaStore: string;
  /** Tells the clients to come to an end. */
  stopped: boolean;
}

export interface Load {
  readonly appenders: number;
  readonly appends: number;
  readonly reconfigurers: number;
  readonly reconfigurations: number;
  readonly trims: number;
  readonly tailRounds?: number;
  readonly chores?: number;
  readonly collectors?: number;
}

/** Chains that clients read, as a cache on their disk would keep them. */
export type Caches = Map<LogId, Chain>;

/**
 * False where a log cannot be created: of an earlier try that was killed only one copy is left, and who had the others has
 * new disks. Nobody can show then that it never took an entry, and a new log of that name could hide an old one.
 */
export async function createLogs(world: World): Promise<boolean> {
  for (const [turn, log] of world.logIds.entries()) {
    const client = world.client(log, { metaStore: 'metastore', process: world.process('creator'), turn });
    for (let tries = 0; ; tries += 1) {
      try {
        await client.create({ clusterId: CLUSTER_ID });
        break;
      } catch (error) {
        if (!(error instanceof DrError)) throw error;
        if (error.code === 'E_EXISTS') break;
        if (tries > 200 && error.code === 'E_UNREACHABLE') return false;
        if (tries > 200) throw error;
        await pause(world, 300);
      }
    }
  }
  return true;
}

/** Starts clients of every kind on every log; resolves when all are done, dead, or have given up. */
export async function work(
  world: World,
  plane: Plane,
  load: Load,
  caches: Caches,
  name: string,
): Promise<void> {
  const actors: Promise<unknown>[] = [];
  for (const log of world.logIds) {
    for (let n = 0; n < load.appenders; n += 1)
      actors.push(act(world, `${name}a${n}`, log, (actor) => appender(actor, plane, load)));
    for (let n = 0; n < load.reconfigurers; n += 1)
      actors.push(act(world, `${name}c${n}`, log, (actor) => reconfigurer(actor, plane, { load, n })));
    for (let n = 0; n < world.scenario.readers; n += 1)
      actors.push(act(world, `${name}r${n}`, log, (actor) => reader(actor, plane, load, caches)));
    for (let n = 0; n < (load.collectors ?? 0); n += 1)
      actors.push(act(world, `${name}g${n}`, log, (actor) => collector(actor, plane, load)));
    if (load.tailRounds) actors.push(tailRounds(world, plane, { log, rounds: load.tailRounds }));
    if (load.chores) actors.push(chores(world, plane, { log, count: load.chores, name }));
    if (load.trims > 0) actors.push(act(world, `${name}t`, log, (actor) => trimmer(actor, plane, load)));
  }
  await Promise.all(actors);
}

export interface Actor {
  readonly world: World;
  readonly name: string;
  readonly log: LogId;
  readonly process: SimProcess;
  readonly rng: Rng;
}

async function act(
  world: World,
  name: string,
  log: LogId,
  life: (actor: Actor) => Promise<void>,
): Promise<void> {
  const process = world.process(`${name}-${log}`);
  process.isClient = true;
  const rng = world.rng(process.name);
  await process.whileAlive(life({ world, name, log, process, rng }));
}

function clientOf({ world, log, process, rng }: Actor, plane: Plane, mayReconfigure = true): VirtualLog {
  return world.client(log, {
    metaStore: plane.metaStore,
    process,
    turn: rng.below(2),
    mayReconfigure,
    retryUnknown: rng.chance(0.3),
  });
}

async function appender(actor: Actor, plane: Plane, load: Load): Promise<void> {
  const { world, log, process, rng } = actor;
  const client = clientOf(actor, plane, rng.chance(0.7));
  for (let n = 0; n < load.appends && !plane.stopped; n += 1) {
    const texts = Array.from({ length: rng.between(1, 3) }, (_, part) => `${process.name}/${n}.${part}`);
    await expected(world, async () => {
      try {
        recordAppend(world, log, texts, await client.append(texts.map((text) => encoder.encode(text))));
      } catch (error) {
        if (error instanceof DrError && error.code === 'E_APPEND_FAILED')
          for (const text of texts) world.oracle.deny(log, text);
        throw error;
      }
    });
    await pause(world, rng.next() * 120);
  }
}

const encoder = new TextEncoder();

export function recordAppend(
  world: World,
  log: LogId,
  texts: readonly string[],
  result: Awaited<ReturnType<VirtualLog['append']>>,
): void {
  const inLog = result.outcome === 'unknown' ? result.acknowledged : result.positions.length;
  result.positions.slice(0, inLog).forEach((position, place) => {
    world.oracle.ack(log, position, texts[place] ?? '');
  });
  if (result.outcome === 'partial') for (const text of texts.slice(inLog)) world.oracle.deny(log, text);
}

async function reconfigurer(
  actor: Actor,
  plane: Plane,
  { load, n }: { load: Load; n: number },
): Promise<void> {
  const { world, rng } = actor;
  const client = clientOf(actor, plane);
  const detector = client.detector({ intervalMs: 50, thresholdMs: 200 });
  const turns = Math.ceil(load.reconfigurations / load.reconfigurers);
  for (let turn = 0; turn < turns && !plane.stopped; turn += 1) {
    await pause(
      world,
      world.scenario.racing
        ? untilRace(world) + rng.next() * 40
        : rng.next() * (load.reconfigurations > 20 ? 60 : 400),
    );
    const rejoin = world.scenario.racing && rng.chance(0.5) ? loseSight(actor) : () => {};
    await expected(world, async () => {
      switch (n === 0 ? 0 : rng.below(5)) {
        case 0:
        case 1:
          await client.reconfigure();
          break;
        case 2:
          await tail(actor, client, true);
          break;
        case 3:
          await detector.check();
          break;
        default:
          await client.complete();
          if (rng.chance(0.5)) await client.collectOrphans();
      }
    });
    rejoin();
  }
}

/** Whatever is on its way into the register must never be taken for an orphan. */
async function collector(actor: Actor, plane: Plane, load: Load): Promise<void> {
  const { world, rng } = actor;
  const client = clientOf(actor, plane, false);
  for (let n = 0; n < load.reconfigurations * 8 && !plane.stopped; n += 1) {
    await pause(world, untilRace(world) + 10 + rng.next() * 140);
    await expected(world, () => client.collectOrphans());
  }
}

/** This client alone does not reach some server: racers hear different survivors. */
function loseSight({ world, process, rng }: Actor): () => void {
  const lost = rng.some(world.serverList(), rng.between(1, 2)).map((server) => server.serverId);
  for (const id of lost) world.network.cut(process.name, id);
  return () => {
    for (const id of lost) world.network.join(process.name, id);
  };
}

const RACE_MS = 300;

/** Until the next moment at which everybody begins. */
function untilRace(world: World): number {
  return RACE_MS - (world.scheduler.elapsed % RACE_MS);
}

/** Asks for the tail, and tells the oracle what was answered. */
export async function tail(
  { world, log }: Pick<Actor, 'world' | 'log'>,
  client: VirtualLog,
  finish: boolean,
): Promise<Position> {
  const ackedBefore = world.oracle.ackedTail(log);
  const found = await client.checkTail({ finish });
  world.oracle.claimTail({ logId: log, kind: found.kind, tail: found.tail, ackedBefore });
  return found.tail;
}

async function reader(actor: Actor, plane: Plane, load: Load, caches: Caches): Promise<void> {
  const { world, log, rng, process } = actor;
  const client = clientOf(actor, plane, false);
  for (let n = 0; n < (world.scenario.racing ? 16 : Math.min(load.appends, 5)) && !plane.stopped; n += 1) {
    await pause(world, world.scenario.racing ? rng.next() * 150 : 30 + rng.next() * 400);
    await expected(world, async () => {
      caches.set(log, await client.chain());
      await tail(actor, client, false);
      const from = rng.chance(0.4) ? BigInt(rng.below(Number(world.oracle.ackedTail(log)) + 1)) : undefined;
      for await (const entry of client.read(from === undefined ? {} : { from }))
        world.oracle.serve(log, entry, process.name);
    });
  }
}

async function trimmer(actor: Actor, plane: Plane, load: Load): Promise<void> {
  const { world, rng } = actor;
  const client = clientOf(actor, plane, false);
  for (let n = 0; n < load.trims && !plane.stopped; n += 1) {
    await pause(world, 200 + rng.next() * 500);
    await expected(world, async () => {
      const { tail: known } = await client.checkTail();
      // Now and then further than anything is determined: that must be refused.
      if (known > 0n) await client.trim(BigInt(rng.below(Number(known) + 1) + (rng.chance(0.2) ? 3 : 0)));
    });
  }
}

/** Reads a whole log through a new client; what it says is recorded as served. */
export async function readAll(
  world: World,
  log: LogId,
  client: VirtualLog,
  reader: string,
  { from, into = new Map() }: { from?: Position; into?: Map<Position, string> } = {},
): Promise<Map<Position, string>> {
  for await (const entry of client.read(from === undefined ? {} : { from })) {
    world.oracle.serve(log, entry, reader);
    into.set(entry.position, new TextDecoder().decode(entry.payload));
  }
  return into;
}

/** Clients meet errors; only those that the product explains are expected. */
export async function expected(world: World, work: () => Promise<unknown>): Promise<DrError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof DrError)) throw error;
    if (error.code === 'E_CONTRADICTION' && isSound(world))
      world.oracle.violate('nobody cries loss where nothing is lost', error.message);
    return error;
  }
}

/** No disk was lost or damaged, and no recovery has begun. */
function isSound({ wiped, scenario: { budget }, operatorNames }: World): boolean {
  return wiped.size + operatorNames.size + budget.rottenEntries + budget.rottenDescriptors === 0;
}

export function pause(world: World, ms: number): Promise<void> {
  return new Promise((resolve) => world.scheduler.after(ms, resolve));
}
