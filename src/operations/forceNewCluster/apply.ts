import {
  type ForceNewClusterPlan,
  reconciledSchema,
  startedMemberSchema,
  survivorChainsSchema,
} from '../../codec/plans/forceNewCluster.ts';
import { type ChainIdentity, identityOf } from '../../core/chain.ts';
import { DrError } from '../../core/errors.ts';
import type { ChainEvidence } from '../../core/evidence.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';
import type { MemberLook, MemberPlace, MetaStoreAdmin, StartedMember } from '../../ports/MetaStoreAdmin.ts';
import type { Journal } from '../../runs/journal.ts';
import type { Cluster } from '../cluster.ts';
import type { ExtraEvidence } from '../observe/observe.ts';
import { applyRebuild } from '../rebuild/apply.ts';
import type { LogResult } from '../rebuild/restoreLog.ts';
import { STEPS } from './actions.ts';
import { verifyMembers } from './verify.ts';

export interface ForceNewClusterApply {
  readonly cluster: Cluster;
  readonly admin: MetaStoreAdmin;
  readonly plan: ForceNewClusterPlan;
  readonly extra: ExtraEvidence;
  readonly journal: Journal;
}

export interface ForcedCluster {
  readonly logs: readonly LogResult[];
  readonly members: readonly MemberLook[];
  /** Data directories that were moved aside: nothing is deleted. */
  readonly moved: readonly StartedMember[];
  readonly durationMs: number;
}

/**
 *   1. copy        every survivor, before anything else: whatever follows can be tried again from there.
 *   2. reconcile   in a new cluster of one on loopback (`applyRebuild`: generation, fence, versions). Old members and
 *                  clients cannot reach it, so nothing rests on it yet; a failure leaves everything as it was.
 *   3. open        stop the old member, move its data aside, start the new cluster on its address. From here on clients
 *                  have a register.
 *   4. add         the others, one by one, without a vote until each holds everything.
 *   5. verify      every member, and that every register can be written.
 *
 * Killed anywhere and resumed it goes on; run anew it finds its own work as evidence or as a cluster that serves.
 */
export async function applyForceNewCluster(input: ForceNewClusterApply): Promise<ForcedCluster> {
  const { plan, journal, cluster } = input;
  const chains = await journal.step(STEPS.copy, () => copySurvivors(input), decodeChains);
  const extra = { ...input.extra, caches: [...(input.extra.caches ?? []), ...chains] };
  const moved: StartedMember[] = [];
  const { logs, serving, clusterId } =
    plan.start === 'running'
      ? await reconcileInPlace(input, extra)
      : await reconcileAndOpen(input, extra, moved);
  for (const member of plan.additions) {
    const stage = cluster.reporter.stage(STEPS.add(member.name));
    const to = { runId: journal.runId, clusterId, through: [...serving] };
    moved.push(
      await journal.step(
        STEPS.add(member.name),
        () => input.admin.add(member, to),
        (stored) => startedMemberSchema.parse(stored),
      ),
    );
    serving.push(member);
    stage.done('serves');
  }
  const members = plan.engine === 'file' ? [] : await verifyMembers(input, { serving, clusterId, logs });
  const steps = journal.report();
  const startedAt = Math.min(...steps.map((step) => step.startedAt));
  return { logs, members, moved, durationMs: cluster.clock.now() - startedAt };
}

interface Reconciled {
  readonly logs: readonly LogResult[];
  readonly serving: MemberPlace[];
  readonly clusterId: string;
}

async function reconcileAndOpen(
  input: ForceNewClusterApply,
  extra: ExtraEvidence,
  moved: StartedMember[],
): Promise<Reconciled> {
  const { admin, journal, plan } = input;
  const { first, token } = plan;
  if (first === undefined) throw new Error('a new cluster has a first member');
  const from = plan.survivors.find((one) => one.chosen);
  const place = from && { origin: from.origin, name: from.name };
  const made = { runId: journal.runId, token, first, ...(place && { from: place }) };
  const { value, clusterId } = await journal.step(
    STEPS.reconcile,
    () => admin.isolated(made, (into) => reconcile(input, extra, into)),
    (stored) => reconciledSchema.parse(stored),
  );
  moved.push(
    await journal.step(
      STEPS.open,
      () => admin.open({ ...made, clusterId }),
      (stored) => startedMemberSchema.parse(stored),
    ),
  );
  return { logs: value, serving: [first], clusterId };
}

async function reconcileInPlace(input: ForceNewClusterApply, extra: ExtraEvidence): Promise<Reconciled> {
  const { admin, cluster, plan } = input;
  const serving = [...plan.serving];
  const clusterId = plan.servingClusterId ?? '';
  if (plan.rebuild.logs.every((log) => log.decision === 'nothing to do'))
    return { logs: [], serving, clusterId };
  const registers = plan.engine === 'file' ? undefined : admin.registers(serving);
  try {
    return { logs: await reconcile(input, extra, registers ?? cluster.metaStore), serving, clusterId };
  } finally {
    await registers?.close();
  }
}

async function reconcile(
  { cluster, journal, plan }: ForceNewClusterApply,
  extra: ExtraEvidence,
  into: MetaStore,
): Promise<readonly LogResult[]> {
  // Asked before anything is sealed: a healthy log must not be taken down by its rescue.
  for (const log of plan.rebuild.logs) if (log.decision === 'install') await into.proveWritable(log.logId);
  return await applyRebuild({ cluster, into, plan: plan.rebuild, extra, journal });
}

/** What the plan was made from must still be what survives. */
async function copySurvivors({ admin, plan, journal }: ForceNewClusterApply): Promise<ChainEvidence[]> {
  const chains: ChainEvidence[] = [];
  for (const { origin, name, registers, engine } of plan.survivors) {
    // Nothing of it could be read when this was planned: nothing rests on it.
    if (engine === undefined) continue;
    const found = await admin.read({ origin, name }, { runId: journal.runId });
    const now = found.chains.map((chain) => describe(chain.logId, identityOf(chain)));
    if (now.join() !== registers.map(({ logId, identity }) => describe(logId, identity)).join())
      throw new DrError('E_PLAN_OUT_OF_DATE', {
        message: `${name} holds other chains than when this was planned: it is written to. Nothing was changed.`,
        context: { survivor: name },
      });
    chains.push(...found.chains.map((chain) => ({ source: 'metastore' as const, name, chain })));
  }
  return chains;
}

function describe(logId: string, { generation, version, digest }: ChainIdentity): string {
  return `${logId} ${generation.number} ${generation.recoveryId} ${version} ${digest}`;
}

function decodeChains(stored: unknown): ChainEvidence[] {
  return survivorChainsSchema.parse(stored);
}
