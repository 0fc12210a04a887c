import { startedMemberSchema } from '../../../codec/plans/forceNewCluster.ts';
import {
  keptStepSchema,
  missingStepSchema,
  type NewEtcd,
  openedStepSchema,
  tailsStepSchema,
} from '../../../codec/plans/registers.ts';
import { DrError } from '../../../core/errors.ts';
import { CHAINS } from '../../../core/restate/values.ts';
import type { MemberPlace, RegisterStoreAdmin, SurvivorPlace } from '../../../ports/MetaStoreAdmin.ts';
import type { RegisterStore } from '../../../ports/RegisterStore.ts';
import { STEPS } from '../../forceNewCluster/actions.ts';
import { membersThatServe } from '../../forceNewCluster/verify.ts';
import { lookAgainAndKeep } from '../rebuild/again.ts';
import type { RegistersApplied, RegistersApplyInput } from '../rebuild/apply.ts';
import { awaitJoined } from '../rebuild/await.ts';
import { fillStore, mustAnswerEverywhere } from '../rebuild/fill.ts';
import { settleSequencers } from '../rebuild/sequencers.ts';
import { findTails } from '../rebuild/verify.ts';

export interface NewEtcdApply extends RegistersApplyInput {
  readonly admin: RegisterStoreAdmin;
  readonly made: NewEtcd;
}

/**
 * An etcd with a majority again, and all registers in it. The nodes live through it with what they cache.
 *
 *   1. keep        everything is observed and planned again; the values go into a file of this run.
 *   2. copy        every survivor, before anything else: whatever follows can be tried again from there.
 *   3. reconcile   in a new cluster of one on loopback: nodes cannot reach it, so none sees half of it, and a failure
 *                  leaves everything as it was.
 *   4. open        stop the old member, move its data aside, start the new cluster on its address.
 *   5. add         the others, one by one, without a vote until each holds everything.
 *   6. verify      every member, every address that nodes list, every node, every log; guessed sequencers are settled between.
 */
export async function applyToNewEtcd(input: NewEtcdApply): Promise<RegistersApplied> {
  const { journal, parts } = input;
  const kept = () => lookAgainAndKeep(input);
  const keptAs = await journal.step('keep', kept, (stored) => keptStepSchema.parse(stored));
  const { serving, clusterId } =
    input.made.start === 'running' ? await fillInPlace(input) : await reconcileAndOpen(input);
  await grow(input, serving, clusterId);
  await journal.step(STEPS.verify, async () => {
    await membersThatServe(input.admin, { serving, clusterId });
    await mustAnswerEverywhere(parts.cluster.registers);
    await parts.cluster.registers.proveWritable();
  });
  const join = () => awaitJoined(input);
  const joined = await journal.step('await the nodes', join, (stored) => missingStepSchema.parse(stored));
  const missing = (await settleSequencers(input)) ?? joined;
  const tails = () => findTails(input);
  const results = await journal.step('verify', tails, (stored) => tailsStepSchema.parse(stored));
  return { results, missing, keptAs };
}

interface Opened {
  readonly serving: MemberPlace[];
  readonly clusterId: string;
}

async function fillInPlace(input: NewEtcdApply): Promise<Opened> {
  const { admin, made, journal } = input;
  const registers = admin.registers(made.serving);
  try {
    await journal.step('fill', () => fill(input, registers));
  } finally {
    await registers.close();
  }
  return { serving: [...made.serving], clusterId: made.servingClusterId ?? '' };
}

async function reconcileAndOpen(input: NewEtcdApply): Promise<Opened> {
  const { admin, made, journal } = input;
  const { first, token } = made;
  if (first === undefined) throw new Error('a new cluster has a first member');
  await journal.step(STEPS.copy, () => copySurvivors(input));
  const from = made.survivors.find((one) => one.chosen);
  const place: SurvivorPlace | undefined = from && { origin: from.origin, name: from.name };
  const cluster = { runId: journal.runId, token, first, ...(place && { from: place }) };
  const { clusterId } = await journal.step(
    STEPS.reconcile,
    async () => {
      const { clusterId: id, savedAs } = await admin.isolated(cluster, (into) => fill(input, into));
      return { clusterId: id, savedAs };
    },
    (stored) => openedStepSchema.parse(stored),
  );
  await journal.step(
    STEPS.open,
    () => admin.open({ ...cluster, clusterId }),
    (stored) => startedMemberSchema.parse(stored),
  );
  return { serving: [first], clusterId };
}

/** What the plan was made from must still be what survives. */
async function copySurvivors({ admin, made, journal }: NewEtcdApply): Promise<void> {
  for (const { origin, name, registers, isReadable } of made.survivors) {
    // Nothing of it could be read when this was planned: nothing rests on it.
    if (!isReadable) continue;
    const found = await admin.read({ origin, name }, { runId: journal.runId });
    const version = found.registers.get(CHAINS)?.version;
    if (version === registers[CHAINS] && found.registers.size === Object.keys(registers).length) continue;
    throw new DrError('E_PLAN_OUT_OF_DATE', {
      message: `${name} holds other registers than when this was planned: it is written to. Nothing was changed.`,
      context: { survivor: name },
    });
  }
}

async function fill({ plan, keep, journal, clock }: NewEtcdApply, into: RegisterStore): Promise<void> {
  await fillStore(into, { plan, values: await keep.load(journal.runId), clock });
}

async function grow({ admin, made, journal }: NewEtcdApply, serving: MemberPlace[], clusterId: string) {
  for (const member of made.additions) {
    const to = { runId: journal.runId, clusterId, through: [...serving] };
    await journal.step(
      STEPS.add(member.name),
      () => admin.add(member, to),
      (stored) => startedMemberSchema.parse(stored),
    );
    serving.push(member);
  }
}
