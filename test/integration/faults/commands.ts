import { inventoryOf, registerOf } from './checker.ts';
import { damage } from './strikes.ts';
import { LOG, type World } from './world.ts';

/** A need for a command: how it is called, whom it deals with, and what must be true once it has done its work. */
export interface Need {
  readonly args: readonly string[];
  /** Servers that take part: one of them is struck. */
  readonly servers: readonly string[];
  /** Fails with what is not so. */
  readonly holds: () => Promise<void>;
  /** Gives the cluster back as every case wants to find it: all servers run, the log takes appends. */
  readonly after?: () => Promise<unknown>;
}

export interface Command {
  readonly name: string;
  /** Makes the situation in which an operator needs the command. `turn` counts the cases of a world. */
  readonly need: (world: World, turn: number) => Promise<Need>;
}

const APPLY = ['--apply', '--yes', '--json'];

interface Plan {
  readonly decision?: string;
  readonly logs?: readonly { readonly decision?: string }[];
}

/** A plan made now finds nothing to do. */
async function nothingIsLeftOf(world: World, ...command: string[]): Promise<void> {
  const { code, stdout, stderr } = await world.run([...command, '--json']);
  // 3: members that are down want attention, and no action.
  if (code !== 0 && code !== 3) throw new Error(`${command.join(' ')}: exit ${code}\n${stdout}${stderr}`);
  const { decision, logs = [] } = JSON.parse(stdout) as Plan;
  const decisions = decision === undefined ? logs.map((log) => log.decision) : [decision];
  if (decisions.length === 0 || decisions.some((one) => one !== 'nothing to do'))
    throw new Error(`${command.join(' ')} finds more to do: ${decisions.join()}\n${stdout}`);
}

async function membersOfLast(world: World): Promise<string[]> {
  const { segments } = await registerOf(world);
  return (segments.at(-1)?.nodeset ?? []).map(({ serverId }) => serverId);
}

const turnOf = <T>(all: readonly T[], turn: number): T => all[turn % all.length] as T;

const rebuild: Command = {
  name: 'rebuild-metastore',
  need: async (world, turn) => {
    const ids = world.servers.map(({ id }) => id);
    const dead = turnOf(ids, turn);
    await world.verb('kill', dead);
    await world.verb('lose-metastore');
    const command = ['rebuild-metastore', '--from-loglets'];
    return {
      args: [...command, ...APPLY],
      servers: ids.filter((id) => id !== dead),
      holds: () => nothingIsLeftOf(world, ...command),
      after: async () => {
        await world.verb('start', dead);
        await world.here(0, 'fence', '--apply', '--yes');
      },
    };
  },
};

const forceNewCluster: Command = {
  name: 'force-new-cluster',
  need: async (world) => {
    // After the first time it runs alone, and dies again: its data is what survives.
    const running = await world.runningMembers();
    if (running.length > 1) await world.verb('lose-metastore', '--keep', '1');
    else await world.verb('kill', 'm1');
    const command = ['force-new-cluster', '--grow-to', '1'];
    return {
      args: [...command, ...APPLY],
      servers: world.servers.map(({ id }) => id),
      holds: () => nothingIsLeftOf(world, ...command),
    };
  },
};

const seal: Command = {
  name: 'seal',
  need: async (world) => {
    const last = (await registerOf(world)).segments.at(-1)?.logletId;
    return {
      args: ['seal', LOG, ...APPLY],
      servers: await membersOfLast(world),
      holds: async () => {
        const sealed = await Promise.all(
          world.servers.map(
            async (server) =>
              (await inventoryOf(server)).loglets.find((one) => one.logletId === last)?.sealed,
          ),
        );
        if (sealed.includes(false)) throw new Error(`${last} is not sealed everywhere: ${sealed.join()}`);
      },
      after: () => world.here(0, 'reconfigure', LOG, '--apply', '--yes'),
    };
  },
};

const reconfigure: Command = {
  name: 'reconfigure',
  need: async (world) => {
    const last = (await registerOf(world)).segments.at(-1)?.logletId;
    return {
      args: ['reconfigure', LOG, ...APPLY],
      servers: world.servers.map(({ id }) => id),
      holds: async () => {
        if ((await registerOf(world)).segments.at(-1)?.logletId === last)
          throw new Error(`${last} is still the last loglet`);
      },
    };
  },
};

const fence: Command = {
  name: 'fence',
  need: async (world, turn) => {
    const ids = world.servers.map(({ id }) => id);
    const away = turnOf(ids, turn);
    await world.verb('kill', away);
    await world.verb('lose-metastore');
    await world.here(0, 'rebuild-metastore', '--from-loglets', '--apply', '--yes');
    await world.verb('start', away);
    return {
      args: ['fence', ...APPLY],
      servers: ids,
      holds: async () => {
        await nothingIsLeftOf(world, 'fence');
        const { logServers } = await world.sandbox.hereJson<{
          logServers: { id: string; generation: { number: number } | null }[];
        }>(...([0, 'assess'] as const));
        const { generation } = await registerOf(world);
        const behind = logServers.filter((one) => one.generation?.number !== generation.number);
        if (behind.length > 0) throw new Error(`not fenced: ${behind.map(({ id }) => id).join()}`);
      },
    };
  },
};

const repair: Command = {
  name: 'repair',
  need: async (world) => {
    await world.append(2);
    await world.here(0, 'reconfigure', LOG, '--apply', '--yes');
    const [damaged = ''] =
      (await registerOf(world)).segments.at(-2)?.nodeset.map((one) => one.serverId) ?? [];
    await damage(world, damaged);
    // Rot is found by reading.
    await world.here(3, 'verify');
    return {
      args: ['repair', ...APPLY],
      servers: world.servers.map(({ id }) => id),
      holds: () => nothingIsLeftOf(world, 'repair'),
    };
  },
};

/** The disk of this one is replaced again and again: the others keep what it had. */
const REPLACED = 's4';

const admit: Command = {
  name: 'admit',
  need: async (world) => {
    if ((await membersOfLast(world)).includes(REPLACED))
      await world.here(0, 'reconfigure', LOG, '--exclude', REPLACED, '--apply', '--yes');
    await world.verb('wipe', REPLACED);
    await world.verb('start', REPLACED);
    return {
      args: ['admit', REPLACED, ...APPLY],
      servers: world.servers.map(({ id }) => id),
      holds: () => nothingIsLeftOf(world, 'admit', REPLACED),
    };
  },
};

/** Servers that a world has taken out of service. */
const RETIRED = new WeakMap<World, Set<string>>();

/** The next one to go, for good. The first three go on, and whoever has the last copy of a segment is kept, as it must be. */
async function nextToRetire(world: World): Promise<string> {
  const gone = RETIRED.get(world) ?? new Set<string>();
  RETIRED.set(world, gone);
  const { segments } = await registerOf(world);
  const isLastOf = (id: string) =>
    segments.some(({ nodeset }) => {
      const left = nodeset.filter(({ serverId }) => !gone.has(serverId));
      return left.length === 1 && left[0]?.serverId === id;
    });
  const leaving = world.servers.slice(3).find(({ id }) => !gone.has(id) && !isLastOf(id))?.id;
  if (leaving === undefined) throw new Error('no server is left to be retired');
  gone.add(leaving);
  return leaving;
}

const retire: Command = {
  name: 'retire',
  need: async (world) => {
    const leaving = await nextToRetire(world);
    if ((await membersOfLast(world)).includes(leaving))
      await world.here(0, 'reconfigure', LOG, '--servers', 's1,s2,s3', '--apply', '--yes');
    return {
      args: ['retire', leaving, ...APPLY],
      servers: ['s1', 's2', 's3', leaving],
      holds: () => nothingIsLeftOf(world, 'retire', leaving),
    };
  },
};

export const COMMANDS = {
  rebuild,
  forceNewCluster,
  seal,
  reconfigure,
  fence,
  repair,
  admit,
  retire,
} as const;
