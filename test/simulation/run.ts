import type { LogId, Position } from '../../src/core/ids.ts';
import { checkAll, type Violation } from './checkers/checkers.ts';
import { type Aftermath, disasterStrikes } from './disaster.ts';
import { startFaults } from './faults.ts';
import { finish } from './finish.ts';
import type { Recovery } from './recovery.ts';
import { type Scenario, scenarioOf } from './scenario.ts';
import { Stuck } from './sim/scheduler.ts';
import { World } from './sim/world.ts';
import { type Caches, createLogs, type Plane, work } from './workload.ts';

/** Everything about a run that is over, for the checkers. */
export interface RunRecord {
  readonly world: World;
  readonly recoveries: readonly Recovery[];
  readonly aftermath: Aftermath | undefined;
  /** What the log that everybody ended with holds; absent where no control plane is left, or it could not be read. */
  readonly content: ReadonlyMap<LogId, ReadonlyMap<Position, string>>;
  /** Whose registers that were. */
  readonly plane: string | undefined;
}

export interface RunResult {
  readonly profile: string;
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly verdicts: Readonly<Record<string, number>>;
  readonly events: number;
  readonly elapsedMs: number;
  readonly fingerprint: number;
  readonly acked: number;
  readonly story: readonly string[];
  readonly record: RunRecord;
}

export interface RunOptions {
  readonly told?: boolean;
  readonly off?: ReadonlySet<string>;
  /** Changes to the drawn scenario. */
  readonly change?: (scenario: Scenario) => Scenario;
}

function nothingOf(world: World): RunRecord {
  return { world, recoveries: [], aftermath: undefined, content: new Map(), plane: undefined };
}

const EVENT_LIMIT = 400_000;

/** One seed: a cluster, work, faults, a disaster, recovery, life after, and what the checkers say of it. */
export async function runSeed(profile: string, seed: number, options: RunOptions = {}): Promise<RunResult> {
  const drawn = scenarioOf(profile, seed, options.off);
  const scenario = options.change?.(drawn) ?? drawn;
  const world = new World(seed, scenario, options.told === true);
  world.story.tell(() => JSON.stringify(scenario));
  const box: { record?: RunRecord } = {};
  const stuck: Violation[] = [];
  try {
    await world.scheduler.drive(async () => {
      box.record = await live(world);
    }, EVENT_LIMIT);
  } catch (error) {
    const kind = error instanceof Stuck ? 'the run comes to an end' : 'no bug shows itself as an exception';
    stuck.push({
      invariant: kind,
      message: error instanceof Error ? `${error.message} ${error.stack ?? ''}` : String(error),
    });
  }
  const record = box.record ?? nothingOf(world);
  return {
    profile,
    seed,
    violations: [...stuck, ...checkAll(record)],
    verdicts: verdictsOf(record),
    events: world.scheduler.events,
    elapsedMs: world.scheduler.elapsed,
    fingerprint: world.scheduler.fingerprint,
    acked: world.oracle.acked.length,
    story: world.story.lines,
    record,
  };
}

async function live(world: World): Promise<RunRecord> {
  const { scenario } = world;
  await world.prepare();
  if (!(await createLogs(world))) return nothingOf(world);
  world.network.weather = scenario.weather;
  const plane: Plane = { metaStore: 'metastore', stopped: false };
  const caches: Caches = new Map();
  startFaults(world, 400 + scenario.reconfigurations * 150);
  const working = work(world, plane, scenario, caches, 'w');
  if (scenario.strike !== undefined) await Promise.race([working, moment(world, scenario.strike)]);
  else if (!scenario.busy) await working;
  else
    await Promise.race([
      working,
      new Promise<void>((resolve) => world.scheduler.after(300 + scenario.reconfigurations * 120, resolve)),
    ]);
  const { recoveries, aftermath } = await disasterStrikes(world, plane, caches);
  plane.stopped = true;
  await working;
  return finish(world, { recoveries, aftermath, caches });
}

/** The n-th moment of its kind, at the very write that made it. */
function moment(world: World, strike: NonNullable<Scenario['strike']>): Promise<void> {
  return new Promise((resolve) => {
    let left = strike.count;
    world.oracle.onMoment = (kind) => {
      if (kind !== strike.moment) return;
      left -= 1;
      if (left === 0) resolve();
    };
  });
}

function verdictsOf({ world }: RunRecord): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { plan } of world.observations) {
    for (const log of plan.logs) {
      const decision = log.decision === 'nothing to do' ? 'nothing to do' : log.verdict;
      counts[decision] = (counts[decision] ?? 0) + 1;
    }
  }
  return counts;
}
