import { withPlanId } from '../../codec/plans/head.ts';
import type { SealPlan } from '../../codec/plans/seal.ts';
import type { Chain, Segment } from '../../core/chain.ts';
import type { ClusterId, LogId, Position, ServerId } from '../../core/ids.ts';
import { isSealQuorum, lossesUntilUnsealable, quorumSystem, setsThatWouldSeal } from '../../core/quorum.ts';
import {
  committedLowerBound,
  foreseenAtSeal,
  inferTail,
  type TailAnswer,
  tailAcceptingLoss,
  tailAnswer,
} from '../../core/tail.ts';

/** As `look.ts` gives it. */
export interface SealSituation {
  readonly chain: Chain;
  readonly from: SealPlan['chain']['from'];
  readonly segment: Segment;
  readonly place: SealPlan['place'];
  readonly metaStore: SealPlan['metaStore'];
  readonly members: SealPlan['members'];
  readonly doubts: readonly string[];
}

export interface SealConsent {
  readonly acceptLoss: ReadonlySet<LogId>;
  readonly metaStoreDown: boolean;
}

export interface SealPlanInput {
  readonly cluster: { readonly id: ClusterId; readonly name: string };
  readonly situation: SealSituation;
  readonly consent: SealConsent;
}

/** What sealing a loglet with the servers that answer would do (protocol §3.1, §4). Pure. */
export function planSeal({ cluster, situation, consent }: SealPlanInput): SealPlan {
  const { chain, segment, place, metaStore, members } = situation;
  const facts = factsOf(segment, members);
  const needs = needsOf(situation, facts);
  const given = needs.filter((flag) => isGiven(flag, chain.logId, consent));
  const body: Omit<SealPlan, 'planId' | 'actions' | 'decision'> = {
    schemaVersion: 1,
    kind: 'seal',
    cluster,
    problems: problemsOf(situation, facts, consent),
    needs,
    given,
    assumptions: assumptionsOf(situation, facts),
    logId: chain.logId,
    logletId: segment.logletId,
    place,
    index: segment.index,
    start: segment.start,
    nodeset: segment.nodeset,
    durability: segment.durability,
    generation: chain.generation,
    chain: { version: chain.version, from: situation.from },
    metaStore,
    members,
    sealable: facts.sealable,
    ...(facts.losses !== undefined && { lossesUntilUnsealable: facts.losses }),
    wouldSettle: facts.wouldSettle,
    tail: place === 'earlier' ? (segment.end ?? facts.tail) : facts.tail,
    committed: facts.committed,
  };
  const decision = decide(situation, facts, { needs, given });
  const actions = decision === 'apply' ? actionsOf(body) : [];
  return withPlanId({ ...body, decision, actions });
}

interface Facts {
  readonly answers: readonly TailAnswer[];
  readonly sealable: boolean;
  readonly losses: number | undefined;
  readonly wouldSettle: readonly (readonly ServerId[])[];
  readonly tail: Position;
  readonly committed: Position;
  readonly contradiction: string | undefined;
}

function factsOf(segment: Segment, members: SealSituation['members']): Facts {
  const answers = members.flatMap(({ id, localTail, knownCommitted, tailAtSeal }) =>
    localTail === undefined || knownCommitted === undefined
      ? []
      : [tailAnswer(id, { localTail, knownCommitted, ...(tailAtSeal !== undefined && { tailAtSeal }) })],
  );
  const responders = new Set(answers.map((answer) => answer.serverId));
  const system = quorumSystem(segment.durability, segment.nodeset);
  const sealable = isSealQuorum(system, responders);
  const inferred = inferTail(segment, foreseenAtSeal(answers));
  const gap = inferred.kind === 'tail' ? inferred.contradiction : undefined;
  return {
    answers,
    sealable,
    losses: lossesUntilUnsealable(system, responders),
    wouldSettle: sealable ? [] : setsThatWouldSeal(system, responders),
    tail:
      inferred.kind === 'tail' ? inferred.tail : (segment.loss?.from ?? tailAcceptingLoss(segment, answers)),
    committed: committedLowerBound(segment, answers),
    contradiction:
      gap &&
      `${gap.said} knows of acknowledged entries up to ${gap.to}; those who answer hold them up to ${gap.from} only.`,
  };
}

/** Beyond quorum the loss must be on record before a successor can start there. */
function isBeyondQuorum({ place, segment }: SealSituation, facts: Facts): boolean {
  return place === 'last' && !facts.sealable && segment.loss === undefined;
}

function needsOf(situation: SealSituation, facts: Facts): string[] {
  const needs: string[] = [];
  if (situation.place === 'last' && !situation.metaStore.writable) needs.push('--metastore-down');
  if (isBeyondQuorum(situation, facts)) needs.push(`--accept-loss ${situation.chain.logId}`);
  return needs;
}

function isGiven(flag: string, logId: LogId, consent: SealConsent): boolean {
  return flag === '--metastore-down' ? consent.metaStoreDown : consent.acceptLoss.has(logId);
}

function decide(
  situation: SealSituation,
  facts: Facts,
  { needs, given }: { needs: readonly string[]; given: readonly string[] },
): SealPlan['decision'] {
  if (facts.contradiction !== undefined && situation.place === 'last') return 'refuse';
  if (facts.answers.length === 0 || needs.length > given.length) return 'refuse';
  if (isBeyondQuorum(situation, facts)) return situation.metaStore.writable ? 'apply' : 'refuse';
  const isWhole =
    situation.place !== 'last' || facts.answers.every((answer) => answer.localTail >= facts.tail);
  const isSealed = situation.members.every((member) => member.state !== 'open');
  return isSealed && isWhole ? 'nothing to do' : 'apply';
}

function problemsOf(situation: SealSituation, facts: Facts, consent: SealConsent): string[] {
  const { segment, place, metaStore, doubts } = situation;
  const problems: string[] = [];
  if (facts.contradiction !== undefined) problems.push(facts.contradiction);
  if (facts.answers.length === 0)
    problems.push(`No server that answers has a copy of loglet ${segment.logletId}.`);
  if (!facts.sealable && segment.loss === undefined)
    problems.push(
      `Loglet ${segment.logletId} cannot be sealed: entries may have been acknowledged on silent servers alone. The return of any of these would settle it: ${facts.wouldSettle.map((set) => set.join('+')).join(', or ')}.`,
    );
  if (place === 'last' && !metaStore.writable)
    problems.push(
      `The MetaStore takes no writes${metaStore.detail === undefined ? '' : ` (${metaStore.detail})`}: once sealed, the log takes no appends until the MetaStore is back and the log is reconfigured.`,
    );
  if (isBeyondQuorum(situation, facts) && !metaStore.writable && consent.acceptLoss.size > 0)
    problems.push('A loss that is accepted must be recorded in the register, and it cannot be written.');
  return [...problems, ...doubts];
}

function assumptionsOf(situation: SealSituation, facts: Facts): string[] {
  if (!isBeyondQuorum(situation, facts)) return [];
  const silent = situation.members
    .filter((member) => member.localTail === undefined)
    .map((member) => member.id);
  return [
    `${silent.join(', ')} are cut off for good: they could go on acknowledging entries that this log will never have.`,
  ];
}

function actionsOf(plan: Omit<SealPlan, 'planId' | 'actions' | 'decision'>): SealPlan['actions'] {
  const answering = plan.members
    .filter((member) => member.localTail !== undefined)
    .map((member) => member.id);
  const isLast = plan.place === 'last';
  const actions = [
    {
      step: 'seal',
      says: `Seal loglet ${plan.logletId} on ${answering.join(', ')}: it takes no appends any more.`,
    },
  ];
  if (isLast && plan.metaStore.writable)
    actions.unshift({ step: 'prove the MetaStore', says: 'Make sure that the MetaStore takes writes.' });
  if (plan.given.some((flag) => flag.startsWith('--accept-loss')))
    actions.push({
      step: 'record the loss',
      says: `Write into the chain that from ${plan.tail} on acknowledged entries may be missing.`,
    });
  if (isLast)
    actions.push({ step: 'complete', says: `Bring every one of them to the tail, ${plan.tail} as of now.` });
  return actions;
}
