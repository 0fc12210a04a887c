import type { JournalRecord } from '../../src/codec/journal.ts';
import { isPortError } from '../../src/core/errors.ts';
import type { LogId, ServerId } from '../../src/core/ids.ts';
import { applyAdmit, lookAtAdmit } from '../../src/operations/admit/apply.ts';
import { planAdmit } from '../../src/operations/admit/plan.ts';
import { lookAt } from '../../src/operations/assess/look.ts';
import type { Cluster } from '../../src/operations/cluster.ts';
import { applyFence } from '../../src/operations/fence/apply.ts';
import { planFence } from '../../src/operations/fence/plan.ts';
import { observe } from '../../src/operations/observe/observe.ts';
import { applyReconfigure } from '../../src/operations/reconfigure/apply.ts';
import { lookAtReconfigure } from '../../src/operations/reconfigure/look.ts';
import { planReconfigure } from '../../src/operations/reconfigure/plan.ts';
import { applyRepair } from '../../src/operations/repair/apply.ts';
import { planRepair } from '../../src/operations/repair/plan.ts';
import { applyRetire, lookAtRetire } from '../../src/operations/retire/apply.ts';
import { planRetire } from '../../src/operations/retire/plan.ts';
import { applySeal } from '../../src/operations/seal/apply.ts';
import { lookAtSeal } from '../../src/operations/seal/look.ts';
import { planSeal } from '../../src/operations/seal/plan.ts';
import { createJournal, type Journal } from '../../src/runs/journal.ts';
import type { Rng } from './sim/rng.ts';
import type { SimProcess } from './sim/simProcess.ts';
import type { World } from './sim/world.ts';
import { expected, type Plane, pause } from './workload.ts';

/** One run of a command, in a process of its own. */
interface Chore {
  readonly cluster: Cluster;
  readonly journal: Journal;
  readonly logId: LogId;
  readonly server: ServerId;
  readonly rng: Rng;
}

/** An operator at work beside the clients: the shipped plans, applied when they say so, killed at a drawn call. */
export async function chores(
  world: World,
  plane: Plane,
  { log, count, name }: { readonly log: LogId; readonly count: number; readonly name: string },
): Promise<void> {
  const rng = world.rng(`chores ${name} ${log}`);
  for (let n = 0; n < count && !plane.stopped; n += 1) {
    await pause(world, rng.next() * 500);
    const [what, chore] = rng.pick(CHORES);
    // The assumption of every proof: nobody admits a store to an old control plane behind a recovery's back.
    if (chore === admit && plane.metaStore === 'metastore' && world.operatorNames.size > 0) continue;
    const process = world.process(`${name}o${n}-${log}`);
    process.isClient = true;
    if (rng.chance(0.2)) process.killAtCall(rng.between(1, 60), rng.chance(0.5));
    const server = rng.pick(world.serverList()).serverId;
    world.story.tell(() => `${process.name} begins: ${what} (${log}, ${server})`);
    const cluster = world.cluster(process, plane.metaStore);
    const done = chore({ cluster, journal: journalOf(process), logId: log, server, rng });
    await process.whileAlive(expected(world, () => done.catch(passPortErrors)));
  }
}

/** A port's failure is explained by the one catch of main. */
function passPortErrors(error: unknown): void {
  if (!isPortError(error)) throw error;
}

function journalOf(process: SimProcess): Journal {
  const records: JournalRecord[] = [];
  return createJournal({
    runId: process.random.ulid(),
    clock: process.clock,
    sink: {
      append: async (record) => {
        if (process.spend() !== 'lives') await new Promise<never>(() => {});
        records.push(record);
      },
    },
  });
}

const identity = ({ clusterId, name }: Cluster) => ({ id: clusterId, name });

async function reconfigure({ cluster, journal, logId, server, rng }: Chore): Promise<void> {
  const { policy } = cluster;
  const wish = rng.chance(0.6)
    ? { exclude: [server] }
    : { durability: rng.pick([{ kind: 'all' }, { kind: 'majority' }, policy.durability] as const) };
  const situation = await lookAtReconfigure(cluster, logId, wish);
  const plan = planReconfigure({ cluster: identity(cluster), situation, wish });
  if (plan.decision === 'apply') await applyReconfigure({ cluster, plan, journal });
}

async function seal({ cluster, journal, logId }: Chore): Promise<void> {
  const situation = await lookAtSeal(cluster, { logId });
  const consent = { acceptLoss: new Set<LogId>(), metaStoreDown: false };
  const plan = planSeal({ cluster: identity(cluster), situation, consent });
  if (plan.decision === 'apply') await applySeal({ cluster, plan, journal });
}

async function repair({ cluster, journal }: Chore): Promise<void> {
  const plan = planRepair({ cluster: identity(cluster), look: await lookAt(cluster) });
  if (plan.decision === 'apply') await applyRepair({ cluster, plan, journal });
}

async function retire({ cluster, journal, server }: Chore): Promise<void> {
  const consent = { acceptLoss: new Set<LogId>(), destroyed: false };
  const plan = planRetire(await lookAtRetire(cluster, server, consent));
  if (plan.decision === 'apply') await applyRetire({ cluster, plan, journal });
}

async function fence({ cluster, journal }: Chore): Promise<void> {
  const plan = planFence({ observation: await observe(cluster), clusterName: cluster.name });
  if (plan.decision === 'apply') await applyFence({ cluster, plan, journal });
}

async function admit({ cluster, journal, server }: Chore): Promise<void> {
  const plan = planAdmit(await lookAtAdmit(cluster, server));
  if (plan.decision === 'apply') await applyAdmit({ cluster, plan, journal });
}

const CHORES: readonly (readonly [string, (chore: Chore) => Promise<void>])[] = [
  ['reconfigure', reconfigure],
  ['reconfigure', reconfigure],
  ['seal', seal],
  ['repair', repair],
  ['repair', repair],
  ['retire', retire],
  ['fence', fence],
  ['admit', admit],
];
