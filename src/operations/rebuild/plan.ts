import type { LogPlan, RebuildPlan } from '../../codec/plan.ts';
import { digestOf } from '../../core/canonical.ts';
import { type Chain, chainDigest, identityOf, type SnapshotPolicy } from '../../core/chain.ts';
import { canHostSuccessor } from '../../core/durability.ts';
import type { Observation, ObservedServer } from '../../core/evidence.ts';
import { type Generation, greatestGeneration } from '../../core/generation.ts';
import type { LogId, RecoveryId } from '../../core/ids.ts';
import { type EndOfChain, isDeadOnArrival, liveMembers } from '../../core/reconstruct/end.ts';
import { type InstallEvidence, type LogletFacts, successorTerms } from '../../core/reconstruct/facts.ts';
import {
  type Consent,
  logsIn,
  type Reconstruction,
  reconstructLog,
} from '../../core/reconstruct/reconstruct.ts';
import type { SegmentVerdict } from '../../core/reconstruct/segments.ts';
import { actionsOf } from './actions.ts';

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
}

/** What will be done to rebuild the registers of a cluster (protocol §5). Pure: same evidence, same bytes. */
export function planRebuild(input: PlanInput): RebuildPlan {
  const { observation, consent } = input;
  const generation = input.generation ?? nextGeneration(observation, input.recoveryId);
  const logs = logsIn(observation).map((logId) => planLog(input, generation, logId));
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

function planLog(input: PlanInput, generation: Generation, logId: LogId): LogPlan {
  const { observation, consent } = input;
  const rebuilt = reconstructLog(observation, logId, consent, input.generation);
  const before = observation.registers.find((register) => register.logId === logId)?.chain;
  const version = rebuilt.versionSeen + VERSION_LIFT;
  const ruled = rebuilt.chain && snapshotRule(rebuilt.chain, input);
  const chain = ruled && { ...ruled.chain, generation, version, generationStart: version };
  const needs = consentNeeded(rebuilt, observation);
  const missing = needs.filter((flag) => !isGiven(flag, consent));
  const isRight = before !== undefined && registerIsRight(before, rebuilt, observation);
  return {
    logId,
    verdict: rebuilt.verdict,
    decision: isRight
      ? 'nothing to do'
      : rebuilt.verdict === 'contradiction' || chain === undefined || missing.length > 0
        ? 'refuse'
        : 'install',
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
    ...(chain && !isRight && { chain }),
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

/** The flags that an operator must give, each for its own risk; `--yes` implies none of them. */
function consentNeeded(rebuilt: Reconstruction, observation: Observation): string[] {
  const kinds = new Set(rebuilt.problems.map((problem) => problem.kind));
  const needs: string[] = [];
  if (kinds.has('not sealable') || kinds.has('successor named, not found'))
    needs.push(`--accept-loss ${rebuilt.logId}`);
  const others = [...kinds].filter(
    (kind) => kind !== 'not sealable' && kind !== 'successor named, not found',
  );
  if (others.length > 0) needs.push(`--accept-unproven ${rebuilt.logId}`);
  if (rebuilt.end !== undefined && oldControlPlaneCouldExtend(rebuilt.end, observation))
    needs.push('--old-metastore-destroyed');
  return needs;
}

/**
 * Silent servers are not fenced, and a stopped one whose directory was read is not either. If these can host a
 * successor and no repository fence stands, the old MetaStore could still extend the old chain there.
 */
function oldControlPlaneCouldExtend(end: EndOfChain, { servers, chains }: Observation): boolean {
  const { proof, tip, dropped } = end;
  if (proof.kind === 'unsealed on a commit quorum' || proof.kind === 'repository fence') return false;
  if (proof.kind === 'none' && (proof.undecided.length > 0 || proof.beyond.length > 0)) return true;
  const unfenced = servers.filter(
    ({ answer }) => answer.kind === 'silent' || (answer.kind === 'answered' && answer.offline),
  );
  // The old register may hold what we drop: it would extend that, under that one's rules.
  return [tip, ...dropped].some((facts) => {
    const rules = successorTerms(facts, chains)?.nextRules;
    return rules === undefined ? unfenced.length > 0 : canHostSuccessor(rules, unfenced);
  });
}

function isGiven(flag: string, consent: Consent): boolean {
  const [name, log] = flag.split(' ');
  if (name === '--accept-loss') return consent.acceptLoss.has(log as LogId);
  if (name === '--accept-unproven') return consent.acceptUnproven.has(log as LogId);
  return consent.oldMetaStoreDestroyed;
}

/**
 * Nothing is wrong with this register: it holds the rebuilt segments at the highest version seen, its last loglet
 * takes appends, and no server stands under a later generation.
 */
function registerIsRight(before: Chain, rebuilt: Reconstruction, observation: Observation): boolean {
  if (before.frozen === true || rebuilt.end?.last.state !== 'active' || rebuilt.end.last.activate)
    return false;
  const sameSegments =
    before.segments.map((segment) => segment.logletId).join() ===
    rebuilt.chain?.segments.map((segment) => segment.logletId).join();
  const latest = greatestGeneration(generationsSeen(observation));
  return (
    sameSegments &&
    before.version >= rebuilt.versionSeen &&
    latest !== undefined &&
    latest.number <= before.generation.number
  );
}

function setAside(rebuilt: Reconstruction): Pick<LogPlan, 'orphans' | 'abandoned'> {
  const { branching, end } = rebuilt;
  const undecided = end?.proof.kind === 'none' ? end.proof.undecided : [];
  const left = [...branching.orphans, ...(end?.dropped ?? [])].map((facts) => ({
    ...named(facts),
    because: isDeadOnArrival(facts) ? ('never activated' as const) : ('ruled out' as const),
  }));
  return {
    orphans: [...left, ...undecided.map((facts) => ({ ...named(facts), because: 'undecided' as const }))],
    abandoned: branching.abandoned.map(named),
  };
}

function named(facts: LogletFacts) {
  return { logletId: facts.logletId, servers: liveMembers(facts).map((copy) => copy.serverId) };
}

function describeServer({ serverId, answer }: ObservedServer): RebuildPlan['servers'][number] {
  switch (answer.kind) {
    case 'answered': {
      const { storeId, generation, retired } = answer.status;
      const state = answer.offline ? 'offline copy' : retired ? 'retired' : 'answered';
      return { id: serverId, state, storeId, ...(generation && { generation }) };
    }
    case 'silent':
      return { id: serverId, state: 'silent', detail: answer.detail };
    case 'unadmitted':
      return { id: serverId, state: 'not admitted', storeId: answer.status.storeId };
    case 'foreign':
      return { id: serverId, state: 'foreign', detail: `it belongs to cluster ${answer.status.clusterId}` };
  }
}

function describeSegment(segment: SegmentVerdict): LogPlan['segments'][number] {
  const { missing, evidence, nodeset, responders, ...rest } = segment;
  return {
    ...rest,
    nodeset,
    responders,
    evidence: evidenceLines(evidence),
    missing: missing.map(({ from, to }) => ({ from, to })),
    wouldReturn: missing[0]?.wouldReturn ?? [],
  };
}

/** `activated on s1, s2`: one line for each kind. */
function evidenceLines(evidence: readonly InstallEvidence[]): string[] {
  const words: Record<InstallEvidence['kind'], string> = {
    activated: 'activated on',
    entries: 'entries on',
    closed: 'close record on',
    'named by a close record': 'named by the close record on',
    listed: 'listed in',
    'extended by': 'extended by',
  };
  const kinds = [...new Set(evidence.map((one) => one.kind))];
  return kinds.map((kind) => {
    const by = evidence.filter((one) => one.kind === kind).map((one) => one.by);
    return `${words[kind]} ${[...new Set(by)].sort().join(', ')}`;
  });
}

function assumptions({ observation, consent }: PlanInput, logs: readonly LogPlan[]): string[] {
  const named = observation.servers.map((server) => server.serverId).join(', ');
  const always = [
    `The universe is complete: no server of this cluster exists beside ${named}.`,
    'No store is admitted to the old control plane after the fence.',
  ];
  const fenced = logs.some((log) => log.endProof === 'repository fence')
    ? [
        'The repository is complete and strongly consistent, and it enforces create-if-absent, as its probe showed.',
      ]
    : [];
  const stated = logs.some((log) => log.needs.includes('--old-metastore-destroyed'))
    ? ['The old MetaStore, and whatever could write to it, is destroyed or cut off.']
    : [];
  const destroyed = consent.repositoryDestroyed
    ? ['The repository that these logs required is gone for good, and no recovery will ever use it again.']
    : [];
  return [...always, ...fenced, ...stated, ...destroyed];
}

function distinctSets(sets: LogPlan['wouldSettle']): LogPlan['wouldSettle'] {
  return [...new Map(sets.map((set) => [set.join(), set])).values()];
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
