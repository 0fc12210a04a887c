import {
  type ForeignLogResult,
  keptStepSchema,
  missingStepSchema,
  type RegistersPlan,
  tailsStepSchema,
} from '../../../codec/plans/registers.ts';
import type { Clock } from '../../../ports/Clock.ts';
import type { NodePlace } from '../../../ports/ForeignCluster.ts';
import type { RegisterStoreAdmin } from '../../../ports/MetaStoreAdmin.ts';
import type { RegisterKeep } from '../../../ports/RegisterKeep.ts';
import type { Journal } from '../../../runs/journal.ts';
import type { ForeignExtra, ForeignParts } from '../observe/observe.ts';
import { lookAgainAndKeep } from './again.ts';
import { awaitJoined, awaitProvisionable } from './await.ts';
import { fillStore, mustAnswerEverywhere } from './fill.ts';
import { placeOf } from './places.ts';
import { settleSequencers } from './sequencers.ts';
import { findTails } from './verify.ts';

export interface RegistersApplyInput {
  readonly parts: ForeignParts;
  readonly extra: ForeignExtra;
  readonly plan: RegistersPlan;
  readonly journal: Journal;
  readonly keep: RegisterKeep;
  readonly clock: Clock;
  /** The members of its etcd as processes, where the plan makes a new one of them. */
  readonly admin?: RegisterStoreAdmin;
}

export interface RegistersApplied {
  readonly results: readonly ForeignLogResult[];
  /** Nodes that did not join in time. */
  readonly missing: readonly string[];
  readonly keptAs: string;
}

/**
 * Writes a reviewed set of registers. The order, and what each place in it survives:
 *
 *   1. keep         everything is observed and planned again; the values go into a file of this run before anything is
 *                   changed. They may exist in the memory of one node only, which is stopped next.
 *   2. set aside    a lost built-in store: survivors' parts are copied and taken out, one node after the other. A store
 *                   that comes back from an old part would be a second control plane.
 *   3. fill         the store is provisioned with the *original* nodes configuration, and never naively; then the
 *                   registers, epochs first. Into etcd: one transaction, once every address answers, for a node that
 *                   cannot reach one of them stops and forgets its cache.
 *   4. start, wait  nodes join with their own ids and take these registers for theirs.
 *   5. sequencers   known only now: a guess that is wrong stops a log whose last records must be completed first.
 *   6. verify       every log's tail is found by the cluster itself.
 *
 * Killed anywhere it is resumed: from step 2 on everything needed is in the run's file.
 */
export async function applyRegisters(input: RegistersApplyInput): Promise<RegistersApplied> {
  const { plan, journal, parts, keep } = input;
  const keptAs = await journal.step(
    'keep',
    () => lookAgainAndKeep(input),
    (stored) => keptStepSchema.parse(stored),
  );
  const values = await keep.load(journal.runId);
  if (plan.store.kind === 'builtin' && plan.store.state === 'lost') {
    await setAside(input);
    await journal.step('await a node', () => awaitProvisionable(input, placesToStart(input)));
  } else if (plan.store.kind === 'etcd') {
    await journal.step('every endpoint', () => mustAnswerEverywhere(parts.cluster.registers));
  }
  await journal.step('fill', () => fillStore(parts.cluster.registers, { plan, values, clock: input.clock }));
  for (const place of placesToStart(input))
    await journal.step(`start ${place.name}`, () => parts.hands.start(place));
  const joined = await journal.step(
    'await the nodes',
    () => awaitJoined(input),
    (stored) => missingStepSchema.parse(stored),
  );
  const missing = (await settleSequencers(input)) ?? joined;
  const results = await journal.step(
    'verify',
    () => findTails(input),
    (stored) => tailsStepSchema.parse(stored),
  );
  return { results, missing, keptAs };
}

async function setAside({ plan, parts, journal }: RegistersApplyInput): Promise<void> {
  for (const node of plan.nodes.filter((one) => one.setAside)) {
    const place = placeOf(parts.hands.places, node.name);
    await journal.step(`set aside ${node.name}`, async () => {
      await parts.hands.stop(place);
      await parts.hands.setMetadataAside(place, journal.runId);
    });
  }
}

/** Those that were stopped here. A node that was silent before was not, and stays as it is. */
function placesToStart({ plan, parts }: RegistersApplyInput): NodePlace[] {
  return plan.nodes
    .filter((node) => node.setAside && node.state !== 'silent')
    .map(({ name }) => placeOf(parts.hands.places, name));
}
