import { spawnSync } from 'node:child_process';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { registerOf } from './checker.ts';
import type { Weather } from './links.ts';
import { SMALL_DISK, type World } from './world.ts';

/** What is wrong while a command is at one of its steps. Answers with how it is made good again. */
export interface Strike {
  readonly name: string;
  /** `server`: one of those that the command deals with, by the seed. */
  readonly strike: (world: World, server: string) => Promise<() => Promise<unknown>>;
  /** Appends are tried meanwhile, too. */
  readonly appends?: true;
}

const process =
  (verb: string, undo: string): Strike['strike'] =>
  async (world, server) => {
    await world.verb(verb, server);
    return () => world.verb(undo, server);
  };

const weather =
  (kind: Weather, where?: (world: World) => readonly string[]): Strike['strike'] =>
  async (world, server) => {
    const links = (where?.(world) ?? [server]).map((id) => world.link(id));
    for (const link of links) link.weather = kind;
    return async () => {
      for (const link of links) link.weather = 'clear';
    };
  };

const ETCD = ({ members }: World) => members.map(({ id }) => id);
const S3 = () => ['s3'];
const EVERYTHING = ({ links }: World) => [...links.keys()];

export const STRIKES: readonly Strike[] = [
  { name: 'a server is killed', strike: process('kill', 'start'), appends: true },
  { name: 'a server hangs', strike: process('pause', 'resume'), appends: true },
  { name: 'a server is cut off', strike: weather('silent') },
  { name: 'a server hears, and its answers do not arrive', strike: weather('mute'), appends: true },
  { name: 'a server does not hear, and the requests arrive late', strike: weather('deaf') },
  { name: 'the connections to a server are reset', strike: weather('down') },
  { name: 'everything is slow', strike: weather('slow', EVERYTHING), appends: true },
  { name: 'the whole network is down', strike: weather('silent', EVERYTHING) },
  { name: 'the MetaStore hears, and its answers do not arrive', strike: weather('mute', ETCD) },
  { name: 'a member of the MetaStore hangs', strike: pauseMember, appends: true },
  { name: 'the repository hears, and its answers do not arrive', strike: weather('mute', S3) },
  { name: 'the repository refuses connections', strike: weather('down', S3) },
  { name: 'the disk of a server is full', strike: fillDisk, appends: true },
  { name: 'an entry rots', strike: rot },
];

/** Where one runs alone, the MetaStore is gone for the time being. */
async function pauseMember(world: World): Promise<() => Promise<unknown>> {
  const [id = ''] = await world.runningMembers();
  await world.verb('pause', id);
  return () => world.verb('resume', id);
}

async function fillDisk(world: World): Promise<() => Promise<unknown>> {
  const ballast = join(world.sandbox.file('data', SMALL_DISK), 'ballast');
  spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=64k', 'count=1024'], { stdio: 'ignore' });
  return () => rm(ballast, { force: true });
}

/** Flips a byte of an entry wherever it lies in the store of one server, of those that have ended with copies elsewhere. */
async function rot(world: World, server: string): Promise<() => Promise<unknown>> {
  await damage(world, server);
  return async () => {
    await world.sandbox.here(3, ['verify']).catch(() => undefined);
    await world.sandbox.here(0, ['repair', '--apply', '--yes']).catch(() => undefined);
  };
}

/** The position that was damaged; `undefined` when this server has no copy of an ended segment that another has too. */
export async function damage(world: World, server: string): Promise<bigint | undefined> {
  // While the MetaStore is lost, as it was seen before.
  const chain = await registerOf(world).catch(() => world.lastSeen);
  const segment = chain?.segments.findLast(
    ({ end, start, nodeset }) =>
      end !== undefined && start !== end && nodeset.some(({ serverId }) => serverId === server),
  );
  if (segment === undefined) return undefined;
  const text = world.ledger.entries.get(BigInt(segment.start));
  if (text === undefined) return undefined;
  const path = join(world.sandbox.file('data', server), 'data.mdb');
  const bytes = await readFile(path);
  const file = await open(path, 'r+');
  try {
    for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1))
      await file.write(Buffer.from('E'), 0, 1, at);
    await file.sync();
  } finally {
    await file.close();
  }
  return BigInt(segment.start);
}
