import { type Chain, chainProblems, type Segment } from '../chain.ts';
import { segmentOf } from '../descriptor.ts';
import type { ChainEvidence, Copy, Observation, ObservedServer, RejectedEvidence } from '../evidence.ts';
import { type Generation, greatestGeneration } from '../generation.ts';
import type { LogId, Position, ServerId, StoreId } from '../ids.ts';
import type { LogletState } from '../logletState.ts';
import { type Branching, chooseBranch } from './branch.ts';
import { liveMembers } from './candidates.ts';
import { type EndOfChain, endOfChain } from './end.ts';
import { type LogletFacts, type MergedFacts, mergeFacts, successorTerms } from './facts.ts';
import { type Loss, lossFrom, lossOf } from './loss.ts';
import { inOrder, logletsByLog } from './order.ts';
import { findProblems, type LogProblem, verdictOf } from './problems.ts';
import { judgeSegment, type SegmentVerdict } from './segments.ts';
import { largestTrim } from './trim.ts';

export type Verdict = 'proven' | 'unproven' | 'contradiction';

/** What the operator said beyond what servers can say. */
export interface Consent {
  readonly acceptLoss: ReadonlySet<LogId>;
  readonly acceptUnproven: ReadonlySet<LogId>;
  /** The old MetaStore, and whatever could write it, is destroyed or cut off. */
  readonly oldMetaStoreDestroyed: boolean;
  /** The repository that a log requires is gone for good, and will never be evidence again. */
  readonly repositoryDestroyed?: boolean;
}

export const NO_CONSENT: Consent = {
  acceptLoss: new Set(),
  acceptUnproven: new Set(),
  oldMetaStoreDestroyed: false,
};

/** One log, rebuilt from evidence. */
export interface Reconstruction {
  readonly logId: LogId;
  readonly verdict: Verdict;
  readonly problems: readonly LogProblem[];
  readonly segments: readonly SegmentVerdict[];
  readonly end?: EndOfChain;
  readonly branching: Branching;
  readonly rejected: readonly RejectedEvidence[];
  readonly trimPoint: Position;
  readonly loss: Loss;
  /** The largest chain version that anything mentions. */
  readonly versionSeen: number;
  readonly retired: readonly StoreId[];
  /** The chain to install, its last segment still open; absent when nothing may or can be installed. */
  readonly chain?: Omit<Chain, 'generation' | 'version' | 'generationStart'>;
}

/**
 * The protocol's §5, steps 1 to 5, for one log. Pure: the same observation gives the same bytes. `stood` is the greatest
 * generation there was before this recovery raised its own, when the servers were observed behind that fence: its own
 * is no sign of an earlier recovery.
 */
export function reconstructLog(
  observed: Observation,
  logId: LogId,
  consent: Consent,
  stood?: Generation,
): Reconstruction {
  const observation = inOrder(observed);
  const chains = observation.chains.filter(({ chain }) => chain.logId === logId);
  const copies = copiesOf(observation, logId);
  const merged = mergeFacts(copies, chains);
  const latest = stood ?? latestGeneration(observation);
  const branching = chooseBranch(merged, latest);
  const end = endOfChain({
    loglets: [...merged.loglets.values()],
    latestGeneration: latest?.number ?? 0,
    path: branching.path,
    candidates: branching.candidates,
    servers: observation.servers,
    chains,
    repository: observation.repository,
    damagedServers: damagedServers(observation, merged),
  });
  const path = keptPath(branching.path, end);
  const trim = largestTrim(logId, observation.servers, chains, path);
  const retired = retiredStores(path, chains);
  const segments = judgeAll(path, end, trim.trimPoint, { servers: observation.servers, retired });
  const chain =
    end && chainOf({ observation, logId, path, end, trimPoint: trim.trimPoint, retired, chains, consent });
  const problems = findProblems({
    logId,
    merged,
    branching,
    end,
    path,
    segments,
    trim,
    consent,
    observation,
    chain,
  });
  return {
    logId,
    verdict: verdictOf(problems),
    problems,
    segments,
    ...(end && { end }),
    branching,
    rejected: merged.rejected,
    trimPoint: trim.trimPoint,
    loss: lossOf({ segments, end, trimPoint: trim.trimPoint, forks: branching.forks }),
    versionSeen: versionSeen(copies, chains),
    retired,
    ...(chain && { chain }),
  };
}

function latestGeneration({ servers, repository, registers }: Observation): Generation | undefined {
  return greatestGeneration([
    ...(repository?.greatestClaim ? [repository.greatestClaim] : []),
    ...registers.map(({ chain }) => chain.generation),
    ...servers.flatMap(({ answer }) => (answer.kind === 'answered' ? (answer.status.generation ?? []) : [])),
  ]);
}

/** Every log that any evidence mentions, ascending. */
export function logsIn(observation: Observation): LogId[] {
  const ids = new Set<LogId>(observation.chains.map(({ chain }) => chain.logId));
  for (const { answer } of observation.servers) {
    if (answer.kind !== 'answered') continue;
    for (const state of answer.loglets) ids.add(state.descriptor.logId);
    for (const trim of answer.trims) ids.add(trim.logId);
  }
  return [...ids].sort();
}

function copiesOf(observation: Observation, logId: LogId): Copy[] {
  return observation.servers.flatMap(({ serverId, answer }) => {
    if (answer.kind !== 'answered') return [];
    const { storeId, retired } = answer.status;
    const out = retired ? { retired } : {};
    const loglets = logletsByLog(answer).get(logId) ?? [];
    return loglets.map((state) => ({ serverId, storeId, offline: answer.offline, ...out, state }));
  });
}

/** Whoever holds a record that cannot be read, or not be told right from wrong, may hold an unseen successor. */
function damagedServers(observation: Observation, merged: MergedFacts): Set<ServerId> {
  const undecidable = new Set(merged.undecidable);
  const holdsUndecidable = (loglets: readonly LogletState[]) =>
    undecidable.size > 0 && loglets.some((state) => undecidable.has(state.descriptor.logletId));
  const damaged = observation.servers.filter(
    ({ answer }) =>
      answer.kind === 'answered' && (answer.damaged.length > 0 || holdsUndecidable(answer.loglets)),
  );
  return new Set(damaged.map((server) => server.serverId));
}

/** Under a repository fence the chain may end before the last installed loglet. */
function keptPath(path: readonly LogletFacts[], end: EndOfChain | undefined): readonly LogletFacts[] {
  if (end === undefined) return path;
  return path.slice(0, path.indexOf(end.tip) + 1);
}

function judgeAll(
  path: readonly LogletFacts[],
  end: EndOfChain | undefined,
  trimPoint: Position,
  { servers, retired }: { servers: readonly ObservedServer[]; retired: readonly StoreId[] },
): SegmentVerdict[] {
  const around = { servers: new Map(servers.map((one) => [one.serverId, one])), retired: new Set(retired) };
  return path.map((facts, place) => {
    const active = facts === end?.tip && end.last.state === 'active';
    return judgeSegment(facts, { end: endOf(path, place, end), trimPoint, active }, around);
  });
}

function endOf(
  path: readonly LogletFacts[],
  place: number,
  end: EndOfChain | undefined,
): Position | undefined {
  const next = path[place + 1];
  if (next !== undefined) return next.start;
  if (end?.last.state === 'sealed') return end.last.tail;
  return end?.last.state === 'unsealable' ? end.last.tailAcceptingLoss : undefined;
}

function retiredStores(path: readonly LogletFacts[], chains: readonly ChainEvidence[]): StoreId[] {
  const stores = new Set<StoreId>(chains.flatMap(({ chain }) => chain.retired));
  for (const facts of path) for (const store of facts.descriptor?.retired ?? []) stores.add(store);
  return [...stores].sort();
}

interface ChainInput {
  readonly observation: Observation;
  readonly logId: LogId;
  readonly path: readonly LogletFacts[];
  readonly end: EndOfChain;
  readonly trimPoint: Position;
  readonly retired: readonly StoreId[];
  readonly chains: readonly ChainEvidence[];
  readonly consent: Consent;
}

/**
 * The chain as the register will hold it: the last segment open, to be closed by extending it. Where the operator
 * accepts loss, the last segment says from where on entries may be missing.
 */
function chainOf(input: ChainInput): Reconstruction['chain'] {
  const { observation, logId, end, trimPoint, retired, chains, consent } = input;
  const unnamed = end.tip.durability === undefined;
  // Only a close record names the last one, and its servers are gone: the log goes on from its predecessor's end.
  const path = unnamed ? input.path.slice(0, -1) : input.path;
  const tip = path.at(-1);
  const terms = tip && (successorTerms(tip, chains) ?? fallbackTerms(tip));
  if (tip === undefined || terms === undefined) return undefined;
  if (end.last.state === 'unsealable' && !consent.acceptLoss.has(logId)) return undefined;
  const segments = path
    .map((facts, place) => ({
      ...segmentFrom(facts, path[place + 1]?.start),
      ...dutyOf(path[place - 1], chains),
    }))
    .filter((segment) => segment.end === undefined || segment.end > trimPoint || segment.start >= trimPoint);
  const last = segments.at(-1);
  if (last === undefined) return undefined;
  const chain = {
    clusterId: observation.clusterId,
    logId,
    trimPoint,
    retired,
    segments: [...segments.slice(0, -1), withLoss(last, end, trimPoint)],
    ...terms,
    frozen: true,
  };
  const shape: Chain = {
    ...chain,
    generation: { number: 1, recoveryId: '' as Generation['recoveryId'] },
    version: 1,
    generationStart: 1,
  };
  return chainProblems(shape).length === 0 ? chain : undefined;
}

/** Nobody is left who knows what the last loglet allowed: its own policy on as many servers is the safe reading. */
function fallbackTerms(tip: LogletFacts): Pick<Chain, 'nextRules' | 'snapshots'> | undefined {
  if (tip.durability === undefined) return undefined;
  return {
    nextRules: [{ durability: tip.durability, minNodesetSize: tip.nodeset.length, minZones: 0 }],
    snapshots: { mode: 'off' },
  };
}

function segmentFrom(facts: LogletFacts, end: Position | undefined): Segment {
  const { index, logletId, start, nodeset, durability = { kind: 'all' } } = facts;
  const base: Segment = facts.descriptor
    ? segmentOf(facts.descriptor)
    : { index, logletId, kind: 'native', start, nodeset, durability, ...sequencerIn(facts) };
  const loss = facts.segment?.loss;
  return { ...base, ...(end !== undefined && { end }), ...(loss && { loss }), ...archiveIn(facts, end) };
}

/** What is in the repository outlives the register that said so; only up to an end is it the segment's. */
function archiveIn({ archive, start }: LogletFacts, end: Position | undefined): Partial<Segment> {
  if (archive === undefined || end === undefined) return {};
  const fits = archive.spans.every(({ from, to }) => from >= start && to <= end);
  return fits ? { kind: 'archive', archive } : {};
}

/** The duty to list a segment before it is activated outlives the register that said so. */
function dutyOf(
  predecessor: LogletFacts | undefined,
  chains: readonly ChainEvidence[],
): Pick<Segment, 'snapshotRequired'> {
  const terms = predecessor && successorTerms(predecessor, chains);
  return terms?.snapshots.mode === 'required' ? { snapshotRequired: true } : {};
}

function sequencerIn(facts: LogletFacts): Pick<Segment, 'sequencer'> {
  const sequencer = facts.segment?.sequencer;
  return sequencer === undefined ? {} : { sequencer };
}

/** Whoever of the nodeset is silent could still acknowledge alone: the operator states that it is cut off. */
function withLoss(segment: Segment, end: EndOfChain, trimPoint: Position): Segment {
  const from = lossFrom(end, trimPoint);
  if (from === undefined) return segment;
  const live = new Set(liveMembers(end.tip).map((copy) => copy.serverId));
  const fencedOutside = end.tip.nodeset.map((member) => member.serverId).filter((id) => !live.has(id));
  return { ...segment, loss: { from, fencedOutside, reason: 'loss accepted by the operator' } };
}

function versionSeen(copies: readonly Copy[], chains: readonly ChainEvidence[]): number {
  const seen = copies.flatMap(({ state: { descriptor, activatedAt, close } }) => [
    descriptor.chainVersion,
    activatedAt ?? 0,
    close?.successor.chainVersion ?? 0,
  ]);
  return [...seen, ...chains.map(({ chain }) => chain.version)].reduce((a, b) => Math.max(a, b), 0);
}
