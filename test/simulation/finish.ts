import type { DrError } from '../../src/core/errors.ts';
import type { LogId, Position } from '../../src/core/ids.ts';
import type { Aftermath } from './disaster.ts';
import { admit, start } from './faults.ts';
import { isEarlier } from './oracle/generations.ts';
import { type Recovery, recover } from './recovery.ts';
import type { RunRecord } from './run.ts';
import { CALM } from './sim/network.ts';
import type { World } from './sim/world.ts';
import { type Caches, expected, pause, readAll } from './workload.ts';

/** The world is healed: everybody who has a disk answers, nothing is cut. Then the log must be what it was said to be. */
export async function finish(
  world: World,
  run: {
    readonly recoveries: Recovery[];
    readonly aftermath: Aftermath | undefined;
    readonly caches: Caches;
  },
): Promise<RunRecord> {
  await heal(world);
  const { recoveries, aftermath } = run;
  const plane = await finalPlane(world, run);
  const content = new Map<LogId, ReadonlyMap<Position, string>>();
  if (plane !== undefined) {
    for (const log of world.logIds) {
      const read = await readFinally(world, log, plane);
      if (read !== undefined) content.set(log, read);
    }
  }
  return { world, recoveries, aftermath, content, plane };
}

async function heal(world: World): Promise<void> {
  world.story.tell(() => 'everything is healed');
  world.scenarioOver = true;
  world.network.healAll();
  world.network.weather = CALM;
  world.repository.down = false;
  world.repository.heal();
  world.kept.clear();
  // Late messages arrive, sequencers notice that they are alone.
  await pause(world, 12_000);
  for (const { serverId } of world.serverList()) start(world, serverId);
  // Whoever returns is fenced before anything else (protocol §5.7).
  const generation = world.greatestGeneration();
  for (const server of world.serverList()) {
    if (!server.running) continue;
    await admit(world, server.serverId);
    await server.adopt(generation).catch(() => undefined);
  }
}

/** The registers of the last recovery that was completed; the old ones where none was. */
async function finalPlane(
  world: World,
  {
    recoveries,
    aftermath,
    caches,
  }: { recoveries: Recovery[]; aftermath: Aftermath | undefined; caches: Caches },
): Promise<string | undefined> {
  const winner = lastDone(recoveries);
  if (winner !== undefined && isWhole(world, winner.into)) return winner.into;
  const begun = recoveries.some((one) => one.plan !== undefined);
  if (aftermath === undefined || (aftermath.oldAlive && !begun)) return 'metastore';
  // With everybody there again, the operator tries once more; a living old MetaStore takes its own registers back.
  const into =
    aftermath.oldAlive && !world.oracle.installed.some((one) => one.metaStore === 'rebuilt')
      ? 'metastore'
      : 'rebuilt';
  const { recovery } = await recover(world, {
    operator: 'last',
    into,
    caches,
    consents: false,
    oldMetaStoreDestroyed: !aftermath.oldAlive,
    isolate: () => {},
  });
  recoveries.push(recovery);
  const isRight = recovery.plan?.logs.every((log) => log.decision === 'nothing to do');
  return recovery.results !== undefined || isRight === true ? into : undefined;
}

function lastDone(recoveries: readonly Recovery[]): Recovery | undefined {
  return recoveries
    .filter((one) => one.results !== undefined)
    .sort((a, b) => (a.plan && b.plan && isEarlier(a.plan.generation, b.plan.generation) ? -1 : 1))
    .at(-1);
}

/** A plan that knew only some of the logs leaves the others to the next. */
function isWhole(world: World, metaStore: string): boolean {
  return world.logIds.every((log) => world.oracle.registerAt(metaStore, log) !== undefined);
}

async function readFinally(
  world: World,
  log: LogId,
  plane: string,
): Promise<Map<Position, string> | undefined> {
  const process = world.process('final');
  const client = world.client(log, { metaStore: plane, process });
  const content = new Map<Position, string>();
  let hasBegun = false;
  let error = await expected(world, async () => {
    await client.checkTail({ finish: true });
    hasBegun = true;
    await readAll(world, log, client, process.name, { into: content });
  });
  // What lies behind a hole is as good as what lies before it.
  for (let from = behind(error); from !== undefined; from = behind(error)) {
    const next = from;
    world.finalHoles.set(log, [...(world.finalHoles.get(log) ?? []), { from: holeOf(error), to: next }]);
    error = await expected(world, () =>
      readAll(world, log, client, process.name, { from: next, into: content }),
    );
  }
  world.finalErrors.set(log, error);
  world.story.tell(
    () =>
      `${log} at last: ${content.size} entries${error === undefined ? '' : `, ${error.code} ${error.message}`}`,
  );
  return hasBegun ? content : undefined;
}

function holeOf(error: DrError | undefined): Position {
  const { first, position } = error?.context ?? {};
  return first === undefined ? BigInt(String(position)) : 0n;
}

/** Where a reader goes on that was told of a lost position. */
function behind(error: DrError | undefined): Position | undefined {
  if (error?.code !== 'E_POSITIONS_LOST') return undefined;
  const { first, position } = error.context;
  if (first !== undefined) return BigInt(String(first));
  return position === undefined ? undefined : BigInt(String(position)) + 1n;
}
