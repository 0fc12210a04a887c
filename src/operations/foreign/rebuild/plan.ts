import { withPlanId } from '../../../codec/plans/head.ts';
import type {
  ForeignLogPlan,
  NewEtcd,
  PlannedRegister,
  RegistersPlan,
} from '../../../codec/plans/registers.ts';
import { registerValue } from '../../../codec/restate/content.ts';
import { digestOf, sha256 } from '../../../core/canonical.ts';
import type { RegisterSet } from '../../../core/registerSet.ts';
import { logletName } from '../../../core/restate/loglets.ts';
import { type RebuiltSet, rebuildSet, verdictOfSet } from '../../../core/restate/rebuildSet.ts';
import { guessedSequencers } from '../../../core/restate/sequencers.ts';
import { CHAINS } from '../../../core/restate/values.ts';
import { etcdProblemsOf } from '../forceNewCluster/words.ts';
import type { ForeignExtra, ForeignObservation } from '../observe/observe.ts';
import { actionsOf, assumptionsOf, nodesOf } from './actions.ts';
import { consentNeeded, isGiven } from './consent.ts';
import { describeLog } from './describe.ts';

export interface RegistersConsent {
  readonly acceptLoss: ReadonlySet<string>;
  /** Logs, and `cluster` for what is guessed of registers that no log-server knows. */
  readonly acceptUnproven: ReadonlySet<string>;
  readonly oldMetaStoreDestroyed: boolean;
}

export interface RegistersPlanInput {
  readonly command: RegistersPlan['command'];
  readonly observation: ForeignObservation;
  readonly consent: RegistersConsent;
  readonly stated: ForeignExtra['stated'];
  /** The etcd is made anew of what is left of it. */
  readonly newEtcd?: NewEtcd;
}

/** A plan, and the values that it is about: these stay out of it, they may hold what services keep secret. */
export interface PlannedSet {
  readonly plan: RegistersPlan;
  readonly values: RegisterSet;
}

/** What it takes to have all registers right again. Pure: the same evidence gives the same plan. */
export function planRegisters(input: RegistersPlanInput): PlannedSet {
  const { observation, command, consent, stated, newEtcd } = input;
  const rebuilt = rebuildSet(observation.evidence);
  const values = new Map(rebuilt.registers.map((register) => [register.key, registerValue(register)]));
  const registers = rebuilt.registers.map((register) => plannedRegister(register, values, observation));
  const needs = consentNeeded(rebuilt, observation, newEtcd);
  const given = needs.filter((flag) => isGiven(flag, consent));
  const guessed = guessedSequencers(rebuilt.logs);
  const { kind, state, detail } = observation.store;
  const body: Omit<RegistersPlan, 'planId' | 'actions' | 'assumptions' | 'decision' | 'problems'> = {
    schemaVersion: 1,
    kind: 'rebuild-registers',
    command,
    cluster: {
      id: rebuilt.identity?.fingerprint.toString() ?? 'unknown',
      name: observation.evidence.configured.name,
    },
    verdict: verdictOfSet(rebuilt),
    store: { kind, state, ...(detail !== undefined && { detail }) },
    hands: observation.hands,
    registers,
    logs: rebuilt.logs.map((log) => describeLog(log, registers)),
    nodes: nodesOf(observation, rebuilt),
    ...(guessed.length > 0 && { guessedSequencers: guessed.map(logletName) }),
    unknowns: rebuilt.unknowns,
    stated: { ...stated, nodes: [...stated.nodes] },
    ...(newEtcd !== undefined && { newEtcd }),
    ...{ needs, given },
  };
  const decision = decide(body);
  const problems = [
    ...problemsOf(rebuilt, observation, decision, newEtcd),
    ...(newEtcd === undefined ? [] : etcdProblemsOf(newEtcd, given)),
  ];
  const whole = { ...body, decision, problems };
  const actions = decision === 'apply' ? actionsOf(whole) : [];
  const plan = withPlanId({ ...whole, actions, assumptions: assumptionsOf(whole, observation) });
  return { plan, values };
}

function plannedRegister(
  { key, from, version }: RebuiltSet['registers'][number],
  values: RegisterSet,
  { store }: ForeignObservation,
): PlannedRegister {
  const value = values.get(key);
  const before = store.registers.get(key);
  const digest = sha256(value?.bytes ?? new Uint8Array());
  // What the store holds under this version is the same value, however it is written: an engine re-encodes.
  const isThere = before?.version === version;
  return {
    ...{ key, from, version, digest },
    action: isThere ? 'keep' : 'write',
    before: before?.version ?? null,
  };
}

function decide(plan: {
  readonly verdict: RegistersPlan['verdict'];
  readonly needs: readonly string[];
  readonly given: readonly string[];
  readonly registers: readonly PlannedRegister[];
  readonly store: RegistersPlan['store'];
  readonly newEtcd?: NewEtcd;
}): RegistersPlan['decision'] {
  if (plan.verdict === 'contradiction' || plan.needs.length > plan.given.length) return 'refuse';
  if (plan.newEtcd !== undefined) return 'apply';
  if (plan.store.kind === 'etcd' && plan.store.state === 'lost') return 'refuse';
  return plan.registers.every(({ action }) => action === 'keep') ? 'nothing to do' : 'apply';
}

function problemsOf(
  rebuilt: RebuiltSet,
  { store, damaged }: ForeignObservation,
  decision: RegistersPlan['decision'],
  newEtcd: NewEtcd | undefined,
): string[] {
  const unreadable =
    newEtcd === undefined && store.kind === 'etcd' && store.state === 'lost' && decision === 'refuse'
      ? [
          `The etcd does not answer (${store.detail ?? 'no answer'}). Is something of it left, \`vlog-dr force-new-cluster\` makes a new one of that. Else start an empty one on every address that the nodes' configuration lists, and plan again. Do not restart any node before: one that cannot reach an address of its list stops, and its cache is gone with it.`,
        ]
      : [];
  const found = [...rebuilt.problems, ...rebuilt.logs.flatMap((log) => log.problems)];
  return [...unreadable, ...found.map(({ message }) => message), ...damaged];
}

/** What a plan rests on and what it does, less what may change while logs take records. */
export function substanceOf(plan: RegistersPlan): string {
  return digestOf({
    cluster: plan.cluster,
    verdict: plan.verdict,
    decision: plan.decision,
    needs: plan.needs,
    given: plan.given,
    store: { kind: plan.store.kind, state: plan.store.state },
    newEtcd: plan.newEtcd && {
      start: plan.newEtcd.start,
      first: plan.newEtcd.first?.name,
      additions: plan.newEtcd.additions.map(({ name }) => name),
      survivors: plan.newEtcd.survivors.map(({ name, registers }) => ({ name, registers })),
    },
    registers: plan.registers.map(({ key, version, digest, action, before }) => ({
      ...{ key, version, digest, action, before },
    })),
    lost: plan.logs.map(({ logId, loss }: ForeignLogPlan) => ({ logId, lost: loss.lost })),
  });
}

/** The version that the register with all chains will have. */
export function chainsVersion({ registers }: Pick<RegistersPlan, 'registers'>): number {
  return registers.find(({ key }) => key === CHAINS)?.version ?? 0;
}
