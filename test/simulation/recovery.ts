import { toJson } from '../../src/codec/common.ts';
import type { JournalRecord } from '../../src/codec/journal.ts';
import { planSchema, type RebuildPlan } from '../../src/codec/plan.ts';
import { DrError, isPortError, type PortError } from '../../src/core/errors.ts';
import type { LogId } from '../../src/core/ids.ts';
import { recoveryId } from '../../src/core/ids.ts';
import { type Consent, NO_CONSENT } from '../../src/core/reconstruct/reconstruct.ts';
import { type ExtraEvidence, observe } from '../../src/operations/observe/observe.ts';
import { applyRebuild } from '../../src/operations/rebuild/apply.ts';
import { planRebuild } from '../../src/operations/rebuild/plan.ts';
import type { LogResult } from '../../src/operations/rebuild/restoreLog.ts';
import { createJournal } from '../../src/runs/journal.ts';
import type { SimProcess } from './sim/simProcess.ts';
import type { World } from './sim/world.ts';
import type { Caches } from './workload.ts';

/** One run of the recovery command, as it went. */
export interface Recovery {
  readonly operator: string;
  readonly into: string;
  readonly plannedAt: number;
  plan?: RebuildPlan;
  /** What was planned again behind the fence, and when that look began. */
  fencedPlan?: RebuildPlan;
  fencedAt?: number;
  results?: readonly LogResult[];
  error?: DrError | PortError;
  killed: boolean;
  finishedAt?: number;
}

export interface RecoveryWish {
  readonly operator: string;
  readonly into: string;
  readonly caches: Caches;
  readonly consents: boolean;
  /** It is true that nothing can write the old register any more. */
  readonly oldMetaStoreDestroyed: boolean;
  readonly killAt?: { readonly call: number; readonly lastHappens: boolean };
  /** The run that was killed, to be resumed. */
  readonly resume?: Started;
  /** Called with the new process before it does anything: who does not answer it. */
  readonly isolate: (process: SimProcess) => void;
}

/** What is left of a killed run on the operator's disk. */
export interface Started {
  readonly plan: RebuildPlan;
  readonly records: JournalRecord[];
  readonly extra: ExtraEvidence;
}

/** Observe, plan, apply: the shipped operations, in a process that can be killed. */
export async function recover(
  world: World,
  wish: RecoveryWish,
): Promise<{ recovery: Recovery; started?: Started }> {
  const process = world.process(wish.operator);
  wish.isolate(process);
  if (wish.killAt !== undefined) process.killAtCall(wish.killAt.call, wish.killAt.lastHappens);
  const recovery: Recovery = {
    operator: process.name,
    into: wish.into,
    plannedAt: world.scheduler.elapsed,
    killed: false,
  };
  const box: { started?: Started } = {};
  const outcome = await process.whileAlive(
    attempt(world, process, wish, recovery, box).then(() => 'done' as const),
  );
  recovery.killed = outcome === 'died';
  recovery.finishedAt = world.scheduler.elapsed;
  world.story.tell(() => `${process.name} ${describe(recovery)}`);
  return { recovery, ...(box.started && { started: box.started }) };
}

function describe(recovery: Recovery): string {
  const verdicts = recovery.plan?.logs.map(
    (log) => `${log.logId} ${log.verdict} ${log.decision} (${log.lastSegment}, ${log.endProof})`,
  );
  const end = recovery.killed
    ? 'was killed'
    : recovery.error === undefined
      ? 'is done'
      : `failed: ${recovery.error.message}`;
  return `${end}; ${verdicts?.join('; ') ?? 'no plan'}`;
}

async function attempt(
  world: World,
  process: SimProcess,
  wish: RecoveryWish,
  recovery: Recovery,
  box: { started?: Started },
): Promise<void> {
  const cluster = world.cluster(process, wish.into);
  const into = cluster.metaStore;
  try {
    const started = wish.resume ?? (await plan(world, process, wish));
    recovery.plan = started.plan;
    box.started = started;
    if (started.plan.logs.some((log) => log.decision === 'refuse')) return;
    if (started.plan.logs.every((log) => log.decision !== 'install')) return;
    const journal = createJournal({
      runId: process.random.ulid(),
      clock: process.clock,
      earlier: [...started.records],
      sink: { append: (record) => written(process, started.records, record, recovery, world) },
    });
    try {
      recovery.results = await applyRebuild({
        cluster,
        into,
        plan: started.plan,
        extra: started.extra,
        journal,
      });
    } finally {
      recovery.fencedPlan = fencedPlanIn(started.records) ?? started.plan;
    }
  } catch (error) {
    // A port's failure is explained by the one catch of main.
    if (!(error instanceof DrError) && !isPortError(error)) throw error;
    recovery.error = error;
  }
}

async function plan(world: World, process: SimProcess, wish: RecoveryWish): Promise<Started> {
  const cluster = world.cluster(process, wish.into);
  const extra: ExtraEvidence = {
    caches: [...wish.caches.values()].map((chain) => ({ source: 'cache', name: 'a cache', chain })),
  };
  const from = world.scheduler.elapsed;
  const observation = await observe(cluster, extra, cluster.metaStore);
  const id = recoveryId(process.random.ulid());
  const make = (consent: Consent): RebuildPlan =>
    planRebuild({ observation, clusterName: cluster.name, consent, recoveryId: id });
  const refused = make(NO_CONSENT);
  world.observations.push({ from, observation, plan: refused });
  const asksFor = refused.logs.some((log) => log.needs.length > 0);
  const consented = wish.consents && asksFor ? make(consentFor(refused, wish)) : refused;
  return { plan: consented, records: [], extra };
}

/** Consent is given by an operator who speaks the truth. */
function consentFor(refused: RebuildPlan, wish: RecoveryWish): Consent {
  const named = (flag: string): Set<LogId> =>
    new Set(
      refused.logs.filter((log) => log.needs.some((need) => need.startsWith(flag))).map((log) => log.logId),
    );
  return {
    acceptLoss: named('--accept-loss'),
    acceptUnproven: named('--accept-unproven'),
    oldMetaStoreDestroyed: wish.oldMetaStoreDestroyed,
  };
}

/** A line of the journal costs a call too: the run can be killed before it is durable, or after. */
async function written(
  process: SimProcess,
  records: JournalRecord[],
  record: JournalRecord,
  recovery: Recovery,
  world: World,
): Promise<void> {
  const spent = process.spend();
  if (spent !== 'dead') records.push(JSON.parse(toJson(record)) as JournalRecord);
  if (record.type === 'begin' && record.step === 'observe behind the fence')
    recovery.fencedAt = world.scheduler.elapsed;
  if (spent !== 'lives') await new Promise<never>(() => {});
}

function fencedPlanIn(records: readonly JournalRecord[]): RebuildPlan | undefined {
  const done = records.find((record) => record.type === 'done' && record.step === 'observe behind the fence');
  return done?.type === 'done' ? planSchema.parse(done.result) : undefined;
}
