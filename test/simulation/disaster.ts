import type { ServerId } from '../../src/core/ids.ts';
import { MemoryMetaStore } from '../../src/drivers/memory/metaStore.ts';
import { admit, start, wipe } from './faults.ts';
import { type Recovery, type RecoveryWish, recover, type Started } from './recovery.ts';
import type { Rng } from './sim/rng.ts';
import type { SimProcess } from './sim/simProcess.ts';
import type { World } from './sim/world.ts';
import { type Caches, type Plane, pause, work } from './workload.ts';

/** What the disaster left behind. */
export interface Aftermath {
  /** Where the operators put the rebuilt registers. */
  readonly into: readonly string[];
  /** The old registers can still be written by somebody. */
  readonly oldAlive: boolean;
  readonly at: number;
}

interface Silence {
  readonly servers: readonly ServerId[];
  /** Not dead: only the operator does not reach them. */
  readonly cutOff: boolean;
}

/** The disaster, the recoveries, and the life after. */
export async function disasterStrikes(
  world: World,
  plane: Plane,
  caches: Caches,
): Promise<{ recoveries: Recovery[]; aftermath: Aftermath | undefined }> {
  const rng = world.rng('disaster');
  if (world.scenario.disaster === 'none') return { recoveries: [], aftermath: undefined };
  const aftermath = await loseMetaStore(world, plane, rng);
  const silence = silenceSome(world, rng, aftermath.oldAlive);
  for (const server of world.serverList())
    if (!silence.servers.includes(server.serverId)) start(world, server.serverId);
  const recoveries: Recovery[] = [];
  if (world.scenario.returns) returnLater(world, silence, rng);
  for (let n = 0; n < world.scenario.lateWipes; n += 1) wipeLater(world, silence, rng);
  await Promise.all(
    Array.from({ length: world.scenario.operators }, (_, operator) =>
      operate(world, {
        name: `op${operator}`,
        into: aftermath.into[operator] ?? 'rebuilt',
        caches,
        silence,
        aftermath,
        recoveries,
      }),
    ),
  );
  if (world.scenario.lifeAfter) await lifeAfter(world, recoveries, rng);
  return { recoveries, aftermath };
}

async function loseMetaStore(world: World, plane: Plane, rng: Rng): Promise<Aftermath> {
  const { disaster, operators } = world.scenario;
  const at = world.scheduler.elapsed;
  world.story.tell(() => `DISASTER: the MetaStore is ${disaster}`);
  if (disaster === 'alive, cut off from the operator') {
    world.addMetaStore('rebuilt');
    const other = world.scenario.twins || rng.chance(0.6) ? 'rebuilt2' : 'rebuilt';
    if (other !== 'rebuilt') world.addMetaStore(other);
    return { into: ['rebuilt', operators > 1 ? other : 'rebuilt'], oldAlive: true, at };
  }
  plane.stopped = true;
  world.metaStore('metastore').down = true;
  if (world.scenario.severed) sever(world);
  for (const client of world.clients()) client.kill();
  world.addMetaStore('rebuilt', await restored(world, rng));
  if (world.scenario.rottenRepository)
    await world.repository.damage('', rng.pick(['truncated', 'forged', 'moved'] as const));
  if (world.scenario.carelessRepository) world.repository.careless = true;
  if (world.scenario.staleRepository && world.scenario.snapshots.mode === 'best-effort')
    await world.repository.growStale(rng.between(1, 3));
  if (rng.chance(world.scenario.rottenRepository ? 0.2 : 0.1)) world.repository.down = true;
  return { into: ['rebuilt', 'rebuilt'], oldAlive: false, at };
}

/** Empty, or holding what an old backup of the registers held. */
async function restored(world: World, rng: Rng): Promise<MemoryMetaStore> {
  const registers = new MemoryMetaStore();
  if (world.scenario.disaster !== 'lost, old register restored') return registers;
  for (const log of world.logIds) {
    const values = world.oracle.installed.filter((one) => one.chain.logId === log);
    if (values.length === 0 || rng.chance(0.1)) continue;
    const { chain } = rng.pick(values.slice(Math.floor(values.length / 3)));
    world.story.tell(() => `version ${chain.version} of ${log} is restored from a backup`);
    await registers.compareAndSet(log, undefined, chain);
  }
  return registers;
}

/** What clients had on its way when they died never arrives. */
function sever(world: World): void {
  for (const { name } of world.clients())
    for (const { serverId } of world.serverList()) world.network.cut(name, serverId);
}

function lastMembers(world: World, rng: Rng): ServerId[] {
  const chain = world.oracle.registerAt('metastore', rng.pick(world.logIds));
  return (chain?.segments.at(-1)?.nodeset ?? []).map((member) => member.serverId);
}

/** The worst are those that alone know of the last loglet. */
function chooseSilent(world: World, rng: Rng): ServerId[] {
  const { silent, silence } = world.scenario;
  if (silent === 0) return [];
  const all = world.serverList().map((server) => server.serverId);
  const members = lastMembers(world, rng);
  if (silence === 'anybody' || members.length === 0 || members.length === all.length)
    return rng.some(all, silent);
  return silence === 'last nodeset' ? members : rng.some(members, members.length - 1);
}

function silenceSome(world: World, rng: Rng, oldAlive: boolean): Silence {
  const { wipedAtDisaster } = world.scenario;
  const ids = chooseSilent(world, rng);
  const cutOff = oldAlive && (world.scenario.oldSideDisk || rng.chance(0.7));
  for (const id of ids) {
    world.story.tell(() => `${id} does not answer the operator${cutOff ? '' : ': dead'}`);
    if (cutOff) continue;
    world.kept.add(id);
    world.server(id).kill();
  }
  const others = world
    .serverList()
    .map((server) => server.serverId)
    .filter((id) => !ids.includes(id));
  const last = others.filter((id) => lastMembers(world, rng).includes(id));
  const struck = last.length > 0 && rng.chance(0.5) ? last : others;
  for (const id of rng.some(struck, wipedAtDisaster)) {
    wipe(world, id);
    start(world, id);
    if (rng.chance(0.3)) void admit(world, id);
  }
  if (cutOff && (world.scenario.oldSideDisk || rng.chance(0.4)))
    cutSides(world, ids, world.scenario.oldSideDisk || rng.chance(0.6));
  return { servers: ids, cutOff };
}

/** The servers of the two sides do not reach each other either; the old clients are on the old side. */
function cutSides(world: World, silent: readonly ServerId[], clientsToo: boolean): void {
  const far = world.serverList().filter(({ serverId }) => !silent.includes(serverId));
  for (const client of clientsToo ? world.clients() : []) {
    for (const { serverId } of far) {
      world.network.cut(client.name, serverId);
      world.network.cut(serverId, client.name);
    }
  }
  for (const { serverId } of world.serverList()) {
    if (silent.includes(serverId)) continue;
    for (const other of silent) {
      world.network.cut(serverId, other);
      world.network.cut(other, serverId);
    }
  }
}

/** The worst moment is drawn: before, during or after the recovery. */
function returnLater(world: World, silence: Silence, rng: Rng): void {
  for (const id of silence.servers) {
    if (!rng.chance(0.6)) continue;
    world.scheduler.after(rng.next() * 1_500, () => {
      world.story.tell(() => `${id} answers again`);
      world.kept.delete(id);
      world.answering.add(id);
      start(world, id);
      for (const name of world.operatorNames) {
        world.network.join(name, id);
        world.network.join(id, name);
      }
    });
  }
}

/** A disk is replaced behind the fence's back; the new one knows nothing, and nobody admits it to the old side. */
function wipeLater(world: World, silence: Silence, rng: Rng): void {
  const { oldSideDisk } = world.scenario;
  world.scheduler.after(rng.next() * (oldSideDisk ? 900 : 2_500), () => {
    const all = world.serverList();
    const { serverId } = rng.pick(
      oldSideDisk ? all.filter((one) => !silence.servers.includes(one.serverId)) : all,
    );
    if (world.kept.has(serverId)) return;
    wipe(world, serverId);
    start(world, serverId);
    if (oldSideDisk) joinSide(world, serverId, silence.servers);
  });
}

/** The machine with the new disk stands where the old clients are. */
function joinSide(world: World, id: ServerId, silent: readonly ServerId[]): void {
  for (const name of [...world.clients().map((client) => client.name), ...silent]) {
    world.network.join(name, id);
    world.network.join(id, name);
  }
}

const TRIES = 3;

async function operate(
  world: World,
  work: {
    readonly name: string;
    readonly into: string;
    readonly caches: Caches;
    readonly silence: Silence;
    readonly aftermath: Aftermath;
    readonly recoveries: Recovery[];
  },
): Promise<void> {
  const { scenario } = world;
  const rng = world.rng(`operator ${work.name}`);
  await pause(world, rng.next() * (scenario.twins ? 40 : 200));
  let kills = scenario.recoveryKills;
  let resume: Started | undefined;
  for (let tries = 0; tries < TRIES + scenario.recoveryKills; tries += 1) {
    const kill = kills > 0;
    kills -= 1;
    const wish: RecoveryWish = {
      operator: work.name,
      into: work.into,
      caches: scenario.caches ? work.caches : new Map(),
      consents: scenario.consents,
      oldMetaStoreDestroyed: !work.aftermath.oldAlive,
      isolate: (process) => isolate(world, process, work.silence),
      ...(kill && { killAt: { call: rng.between(1, 160), lastHappens: rng.chance(0.5) } }),
      ...(resume && { resume }),
    };
    const { recovery, started } = await recover(world, wish);
    work.recoveries.push(recovery);
    if (recovery.results !== undefined) return;
    resume = scenario.resumes && recovery.killed ? started : undefined;
    // A refusal stands until somebody returns; what changed meanwhile is planned anew.
    if (!recovery.killed && recovery.error === undefined && tries >= 1) return;
    await pause(world, 100 + rng.next() * 500);
  }
}

/** The operator reaches neither the old registers nor, where they are only cut off, the silent servers. */
function isolate(world: World, process: SimProcess, silence: Silence): void {
  world.operatorNames.add(process.name);
  world.network.cut(process.name, 'metastore');
  if (!silence.cutOff) return;
  for (const id of silence.servers) {
    if (world.answering.has(id)) continue;
    world.network.cut(process.name, id);
    world.network.cut(id, process.name);
  }
}

/** New clients on the rebuilt registers, while the old ones may go on with the old. */
async function lifeAfter(world: World, recoveries: readonly Recovery[], rng: Rng): Promise<void> {
  const done = [...new Set(recoveries.filter((one) => one.results !== undefined).map((one) => one.into))];
  const load = {
    appenders: 1,
    appends: rng.between(1, 4),
    reconfigurers: 1,
    reconfigurations: rng.between(0, 2),
    trims: world.scenario.trims > 0 ? rng.between(0, 1) : 0,
    chores: world.scenario.chores,
  };
  // Two operators may both believe that theirs are the registers now: one of them must find out that they are not.
  await Promise.all(
    done.map((metaStore) => work(world, { metaStore, stopped: false }, load, new Map(), 'n')),
  );
}
