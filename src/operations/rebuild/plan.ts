import type { LogPlan, RebuildPlan } from '../../codec/plan.ts';
import { digestOf } from '../../core/canonical.ts';
import { type Chain, chainDigest, identityOf, type SnapshotPolicy } from '../../core/chain.ts';
import type { Observation } from '../../core/evidence.ts';
import { FIRST_GENERATION, type Generation, greatestGeneration } from '../../core/generation.ts';
import type { LogId, RecoveryId } from '../../core/ids.ts';
import { isDeadOnArrival, liveMembers } from '../../core/reconstruct/end.ts';
import type { LogletFacts } from '../../core/reconstruct/facts.ts';
import {
  type Consent,
  logsIn,
  type Reconstruction,
  reconstructLog,
} from '../../core/reconstruct/reconstruct.ts';
import { actionsOf } from './actions.ts';
import { consentNeeded, isGiven } from './consent.ts';
import { assumptions, describeSegment, describeServer, distinctSets } from './describe.ts';

/** How far the rebuilt version lies above everything seen: nothing that was cached anywhere is ever above it. */
const VERSION_LIFT = 1_000;

export interface PlanInput {
  readonly observation: Observation;
  readonly clusterName: string;
  readonly consent: Consent;
  /** Drawn by this run. */
  readonly recoveryId: RecoveryId;
  /** Given when the fence already stands: the generation that it was raised with. */
  readonly generation?: Generation;
  /** Then: the greatest under which a server stood before it. */
  readonly stood?: Generation;
  /** Every register gets the new generation, also one that is right: the MetaStore that it was in may come back. */
  readonly renew?: boolean;
}

/** What will be done to rebuild the registers of a cluster (protocol §5). Pure: same evidence, same bytes. */
export function planRebuild(input: PlanInput): RebuildPlan {
  const { observation, consent } = input;
  const generation = input.generation ?? nextGeneration(observation, input.recoveryId);
  const logs = planLogs(input, generation);
  const body: Omit<RebuildPlan, 'planId'> = {
    schemaVersion: 1,
    kind: 'rebuild-metastore',
    cluster: { id: observation.clusterId, name: input.clusterName },
    generation,
    fenced: input.generation !== undefined,
    assumptions: assumptions(input, logs),
    consent: {
      acceptLoss: [...consent.acceptLoss].sort(),
      acceptUnproven: [...consent.acceptUnproven].sort(),
      oldMetaStoreDestroyed: consent.oldMetaStoreDestroyed,
      repositoryDestroyed: consent.repositoryDestroyed ?? false,
    },
    servers: observation.servers.map(describeServer),
    rejectedEvidence: observation.rejected.map((one) => `${one.name}: ${one.problem}`),
    logs,
    actions: [],
  };
  const plan = { ...body, actions: actionsOf(body) };
  return { ...plan, planId: digestOf(plan) };
}

/** One more than the largest number seen in the repository, the registers and all servers. */
export function nextGeneration(observation: Observation, recoveryId: RecoveryId): Generation {
  const greatest = greatestGeneration(generationsSeen(observation));
  return { number: (greatest?.number ?? 0) + 1, recoveryId };
}

function* generationsSeen(observation: Observation): Iterable<Generation> {
  for (const { chain } of observation.chains) yield chain.generation;
  if (observation.repository?.greatestClaim) yield observation.repository.greatestClaim;
  for (const { answer } of observation.servers) {
    if (answer.kind !== 'answered') continue;
    if (answer.status.generation) yield answer.status.generation;
    for (const { descriptor } of answer.loglets) yield descriptor.generation;
    for (const trim of answer.trims) yield trim.generation;
  }
}

/** Log by log: what one was rebuilt from takes many times the memory of its plan. */
function planLogs(input: PlanInput, generation: Generation): LogPlan[] {
  const { observation, consent } = input;
  // The fence is the cluster's: once it stands, a register that was right is of a generation left behind.
  const latest = greatestGeneration(generationsSeen(observation));
  let allRight = input.renew !== true;
  const plans = logsIn(observation).map((logId) => {
    const rebuilt = reconstructLog(observation, logId, consent, stoodBefore(input));
    allRight &&= registerIsRight(rebuilt, observation, latest);
    return planLog(input, generation, rebuilt);
  });
  return allRight ? plans.map(nothingToDo) : plans;
}

function nothingToDo({ chain: _, ...plan }: LogPlan): LogPlan {
  return { ...plan, decision: 'nothing to do' };
}

/** A recovery takes the number after the largest it saw. */
function stoodBefore({ generation, stood }: PlanInput): Generation | undefined {
  if (generation === undefined) return undefined;
  const atLeast = { number: generation.number - 1, recoveryId: FIRST_GENERATION.recoveryId };
  return greatestGeneration(stood === undefined ? [atLeast] : [atLeast, stood]);
}

function planLog(input: PlanInput, generation: Generation, rebuilt: Reconstruction): LogPlan {
  const { observation, consent } = input;
  const before = registerOf(observation, rebuilt.logId);
  const version = rebuilt.versionSeen + VERSION_LIFT;
  const ruled = rebuilt.chain && snapshotRule(rebuilt.chain, input);
  const chain = ruled && { ...ruled.chain, generation, version, generationStart: version };
  // Nobody can consent to a contradiction.
  const needs = rebuilt.verdict === 'contradiction' ? [] : consentNeeded(rebuilt, observation);
  const missing = needs.filter((flag) => !isGiven(flag, consent));
  return {
    logId: rebuilt.logId,
    verdict: rebuilt.verdict,
    decision:
      rebuilt.verdict === 'contradiction' || chain === undefined || missing.length > 0 ? 'refuse' : 'install',
    version,
    segments: rebuilt.segments.map(describeSegment),
    lastSegment: rebuilt.end?.last.state ?? 'none',
    endProof: rebuilt.end?.proof.kind ?? 'none',
    trimPoint: rebuilt.trimPoint,
    loss: rebuilt.loss,
    problems: rebuilt.problems.map((problem) => ({ ...problem, wouldSettle: problem.wouldSettle ?? [] })),
    wouldSettle: distinctSets(rebuilt.problems.flatMap((problem) => problem.wouldSettle ?? [])),
    changes: ruled?.changes ?? [],
    needs,
    ...setAside(rebuilt),
    registerBefore: before === undefined ? null : identityOf(before),
    ...(chain && { chain }),
  };
}

/**
 * A log whose required repository is gone cannot activate a successor any more. The rule may be loosened only when the
 * operator states that this repository will never be evidence again: a later recovery that found it, and none of this
 * one's servers, would take its newest snapshot for the end of the chain.
 */
function snapshotRule(
  chain: NonNullable<Reconstruction['chain']>,
  { observation: { repository }, consent }: PlanInput,
): { chain: NonNullable<Reconstruction['chain']>; changes: string[] } {
  const { mode, repositoryId } = chain.snapshots;
  if (mode !== 'required' || repositoryId === repository?.repositoryId) return { chain, changes: [] };
  const found =
    repository === undefined ? 'it does not answer' : `repository ${repository.repositoryId} is configured`;
  const required = `Snapshots are required in repository ${repositoryId}, and ${found}`;
  if (consent.repositoryDestroyed !== true) {
    const later = 'until it is back, or --repository-destroyed states that it is gone for good';
    return { chain, changes: [`${required}: a log whose last segment is sealed takes no appends ${later}.`] };
  }
  const segments = chain.segments.map(({ snapshotRequired: _, ...segment }) => segment);
  const snapshots: SnapshotPolicy = {
    mode: 'best-effort',
    ...(repository && { repositoryId: repository.repositoryId }),
  };
  return {
    chain: { ...chain, segments, snapshots },
    changes: [`${required}: they become best-effort until the log is reconfigured.`],
  };
}

/**
 * Nothing is wrong with this register: it holds the rebuilt segments at the highest version seen, its last loglet
 * takes appends, and no server stands under a later generation.
 */
function registerIsRight(
  rebuilt: Reconstruction,
  observation: Observation,
  latest: Generation | undefined,
): boolean {
  const before = registerOf(observation, rebuilt.logId);
  if (before === undefined || before.frozen === true || rebuilt.verdict === 'contradiction') return false;
  if (rebuilt.end?.last.state !== 'active' || rebuilt.end.last.activate) return false;
  const sameSegments =
    before.segments.map((segment) => segment.logletId).join() ===
    rebuilt.chain?.segments.map((segment) => segment.logletId).join();
  return (
    sameSegments &&
    before.version >= rebuilt.versionSeen &&
    latest !== undefined &&
    latest.number <= before.generation.number
  );
}

function registerOf({ registers }: Observation, logId: LogId): Chain | undefined {
  return registers.find((register) => register.logId === logId)?.chain;
}

function setAside(rebuilt: Reconstruction): Pick<LogPlan, 'orphans' | 'otherSides' | 'abandoned'> {
  const { branching, end } = rebuilt;
  const undecided = end?.proof.kind === 'none' ? end.proof.undecided : [];
  const left = [...branching.orphans, ...(end?.dropped ?? [])].map((facts) => ({
    ...named(facts),
    because: isDeadOnArrival(facts) ? ('never activated' as const) : ('ruled out' as const),
  }));
  return {
    orphans: [...left, ...undecided.map((facts) => ({ ...named(facts), because: 'undecided' as const }))],
    otherSides: branching.otherSides.map(named),
    abandoned: branching.abandoned.map(named),
  };
}

function named(facts: LogletFacts) {
  return { logletId: facts.logletId, servers: liveMembers(facts).map((copy) => copy.serverId) };
}

/** What a plan rests on and what it does, less what may change while a log takes appends. */
export function substanceOf(plan: RebuildPlan): string {
  return digestOf({
    generation: plan.generation,
    logs: plan.logs.map((log) => ({
      logId: log.logId,
      verdict: log.verdict,
      decision: log.decision,
      version: log.version,
      lastSegment: log.lastSegment,
      endProof: log.endProof,
      needs: log.needs,
      registerBefore: log.registerBefore,
      trimPoint: log.trimPoint,
      lost: log.loss.lost,
      segments: log.segments.map(({ index, logletId, start }) => ({ index, logletId, start })),
      orphans: log.orphans.map((orphan) => orphan.logletId),
      chain: log.chain === undefined ? null : chainDigest(log.chain),
    })),
  });
}
