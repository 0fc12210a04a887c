import type { LogletId, ServerId } from '../../src/core/ids.ts';
import type { MemoryLogServer } from '../../src/drivers/memory/logServer.ts';
import type { Rng } from './sim/rng.ts';
import type { World } from './sim/world.ts';
import { pause } from './workload.ts';

/** Starts every fault of the run's budget, each at a drawn moment of the work. */
export function startFaults(world: World, overMs: number): void {
  const { budget } = world.scenario;
  const kinds: [number, string, (world: World, rng: Rng) => Promise<void>][] = [
    [budget.kills, 'kill', killServer],
    [budget.outages, 'outage', outage],
    [budget.freezes, 'freeze', freezeServer],
    [budget.cuts, 'cut', cutLink],
    [budget.wipes, 'wipe', wipeServer],
    [budget.rottenEntries, 'rot', rotEntry],
    [budget.rottenDescriptors, 'rot-descriptor', rotDescriptor],
    [budget.clockJumps, 'clock', jumpClock],
    [budget.metaStoreOutages, 'metastore', metaStoreOutage],
    [budget.repositoryOutages, 'repository', repositoryOutage],
    [budget.clientKills, 'client', killClient],
  ];
  for (const [count, name, strike] of kinds) {
    for (let n = 0; n < count; n += 1) {
      const rng = world.rng(`fault ${name} ${n}`);
      world.scheduler.after(rng.next() * overMs, () => void strike(world, rng));
    }
  }
}

function anyServer(world: World, rng: Rng): MemoryLogServer {
  return rng.pick(world.serverList());
}

async function killServer(world: World, rng: Rng): Promise<void> {
  const server = anyServer(world, rng);
  if (!server.running) return;
  world.story.tell(() => `${server.serverId} is killed`);
  server.kill();
  await pause(world, 100 + rng.next() * 4_000);
  start(world, server.serverId);
}

/** Power, or a switch: several at once, and none of them for a while. */
async function outage(world: World, rng: Rng): Promise<void> {
  const all = world.serverList();
  const zone = anyServer(world, rng).disk.server.location;
  const struck = rng.chance(0.5)
    ? all.filter(({ disk }) => disk.server.location === zone)
    : rng.some(all, rng.between(1, Math.max(1, all.length - 1)));
  world.story.tell(() => `an outage takes ${struck.map((server) => server.serverId).join(', ')}`);
  for (const server of struck) server.kill();
  await pause(world, 300 + rng.next() * 8_000);
  for (const { serverId } of struck) start(world, serverId);
}

export function start(world: World, id: ServerId): void {
  const server = world.server(id);
  if (server.running || world.destroyed.has(id) || world.kept.has(id)) return;
  world.story.tell(() => `${id} starts`);
  server.restart();
}

async function freezeServer(world: World, rng: Rng): Promise<void> {
  const { serverId } = anyServer(world, rng);
  world.story.tell(() => `${serverId} is frozen`);
  world.network.freeze(serverId);
  await pause(world, 500 + rng.next() * 6_000);
  world.story.tell(() => `${serverId} thaws`);
  world.network.thaw(serverId);
}

async function cutLink(world: World, rng: Rng): Promise<void> {
  const clients = world.clients();
  const a = clients.length > 0 && rng.chance(0.5) ? rng.pick(clients).name : anyServer(world, rng).serverId;
  const b = rng.chance(0.7) ? anyServer(world, rng).serverId : 'metastore';
  const both = rng.chance(0.5);
  world.story.tell(() => `${a} ${both ? '≠' : '↛'} ${b}: cut`);
  world.network.cut(a, b);
  if (both) world.network.cut(b, a);
  await pause(world, 500 + rng.next() * 5_000);
  world.network.join(a, b);
  world.network.join(b, a);
}

async function wipeServer(world: World, rng: Rng): Promise<void> {
  const { serverId } = anyServer(world, rng);
  wipe(world, serverId);
  await pause(world, 100 + rng.next() * 2_000);
  start(world, serverId);
  if (rng.chance(0.7)) await admit(world, serverId);
}

export function wipe(world: World, id: ServerId): void {
  world.story.tell(() => `${id} loses its disk and gets a new one`);
  world.wipe(id);
}

/** The operator looks at the new disk and lets it in, under the highest generation of the cluster. */
export async function admit(world: World, id: ServerId): Promise<void> {
  const server = world.server(id);
  if (!server.running || server.disk.server.generation !== undefined) return;
  world.story.tell(() => `${id} is admitted`);
  await server.admit(world.greatestGeneration(), server.disk.server.storeId).catch(() => undefined);
}

/** Never the last sound copy of an entry: no rule could save that. */
async function rotEntry(world: World, rng: Rng): Promise<void> {
  const server = anyServer(world, rng);
  const found = [...server.disk.loglets.values()].filter((one) => one.localTail > one.firstHeld);
  if (found.length === 0) return;
  const record = rng.pick(found);
  const position = record.firstHeld + BigInt(rng.below(Number(record.localTail - record.firstHeld)));
  if (!othersHold(world, server.serverId, record.logletId, position)) return;
  world.story.tell(() => `${server.serverId}: entry ${position} of ${record.logletId} rots`);
  server.disk.damage(record.logletId, position);
}

function othersHold(world: World, id: ServerId, logletId: LogletId, position: bigint): boolean {
  return world
    .serverList()
    .some(
      ({ serverId, disk }) => serverId !== id && (disk.loglets.get(logletId)?.localTail ?? 0n) > position,
    );
}

/** The record is there and cannot be read. */
async function rotDescriptor(world: World, rng: Rng): Promise<void> {
  const server = anyServer(world, rng);
  const ids = [...server.disk.descriptors.keys()];
  if (ids.length === 0) return;
  const id = rng.pick(ids);
  world.story.tell(() => `${server.serverId}: the descriptor of ${id} rots`);
  server.disk.descriptors.delete(id);
}

/** Of a server, a client or an operator's machine: no decision may rest on a clock. */
async function jumpClock(world: World, rng: Rng): Promise<void> {
  const all = [...world.serverList().map((server) => server.serverId), ...world.operatorNames];
  const clients = world.clients();
  const process =
    clients.length > 0 && rng.chance(0.4) ? rng.pick(clients) : world.processNamed(rng.pick(all));
  if (process !== undefined) process.skewMs += Math.floor((rng.next() - 0.5) * 200_000);
}

async function metaStoreOutage(world: World, rng: Rng): Promise<void> {
  const store = world.metaStore('metastore');
  store.down = true;
  world.story.tell(() => 'the MetaStore is down');
  await pause(world, 300 + rng.next() * 3_000);
  store.down = false;
}

async function repositoryOutage(world: World, rng: Rng): Promise<void> {
  world.repository.down = true;
  world.story.tell(() => 'the repository is down');
  await pause(world, 300 + rng.next() * 4_000);
  world.repository.down = false;
}

async function killClient(world: World, rng: Rng): Promise<void> {
  const clients = world.clients();
  if (clients.length === 0) return;
  const client = rng.pick(clients);
  world.story.tell(() => `${client.name} dies at one of its next calls`);
  client.killAtCall(rng.between(1, 40), rng.chance(0.5));
}
