import type { NonWitness } from '../coverage.ts';
import type { Observation } from '../evidence.ts';
import { compareGenerations, describeGeneration } from '../generation.ts';
import type { LogId, Position, ServerId } from '../ids.ts';
import type { Branching } from './branch.ts';
import { setsThatWouldDecide } from './candidates.ts';
import type { EndOfChain } from './end.ts';
import type { LogletFacts, MergedFacts } from './facts.ts';
import type { Consent, Verdict } from './reconstruct.ts';
import type { SegmentVerdict } from './segments.ts';
import type { TrimFinding } from './trim.ts';

/** What keeps a log from being proven. `weighs` says how much: a contradiction forbids everything. */
export interface LogProblem {
  readonly kind: ProblemKind;
  readonly weighs: 'contradiction' | 'unproven';
  /** Whole sentences. */
  readonly message: string;
  /** Sets of servers; the answer of all of one set would settle it. */
  readonly wouldSettle?: readonly (readonly ServerId[])[];
}

export type ProblemKind =
  | 'fork'
  | 'disagreement'
  | 'committed beyond the tail'
  | 'close record against boundary'
  | 'trim beyond the tail'
  | 'descriptors differ'
  | 'segments unknown'
  | 'nothing installed'
  | 'successor may exist'
  | 'successor undecided'
  | 'successor named, not found'
  | 'not sealable'
  | 'boundary of a silent close';

export interface ProblemInput {
  readonly logId: LogId;
  readonly merged: MergedFacts;
  readonly branching: Branching;
  readonly end: EndOfChain | undefined;
  readonly path: readonly LogletFacts[];
  readonly segments: readonly SegmentVerdict[];
  readonly trim: TrimFinding;
  readonly consent: Consent;
  readonly observation: Observation;
  readonly chain: object | undefined;
}

export function verdictOf(problems: readonly LogProblem[]): Verdict {
  if (problems.some((problem) => problem.weighs === 'contradiction')) return 'contradiction';
  return problems.length > 0 ? 'unproven' : 'proven';
}

export function findProblems(input: ProblemInput): LogProblem[] {
  return [
    ...forkProblems(input),
    ...disagreementProblems(input),
    ...boundaryProblems(input),
    ...trimProblems(input),
    ...headProblems(input),
    ...endProblems(input),
  ];
}

function forkProblems({ branching }: ProblemInput): LogProblem[] {
  return branching.forks.map((sides) => ({
    kind: 'fork',
    weighs: 'contradiction',
    message: `Segment ${sides[0]?.index} was installed ${sides.length} times in generation ${describe(sides[0])}: ${sides
      .map((facts) => facts.logletId)
      .join(' and ')}. Two control planes ran.`,
  }));
}

function describe(facts: LogletFacts | undefined): string {
  return facts?.generation === undefined ? 'unknown' : describeGeneration(facts.generation);
}

function disagreementProblems({ merged, path }: ProblemInput): LogProblem[] {
  const onPath = new Set(path.map((facts) => facts.logletId));
  const differing = merged.disagreements
    .filter((one) => onPath.has(one.logletId))
    .map((one): LogProblem => ({ kind: 'disagreement', weighs: 'contradiction', message: one.message }));
  const unused = merged.undecidable.map(
    (id): LogProblem => ({
      kind: 'descriptors differ',
      weighs: 'unproven',
      message: `Servers hold different descriptors of ${id}, and nothing tells which one is right. None is used.`,
    }),
  );
  return [...differing, ...unused];
}

/** What stores know must fit the boundaries that the chain fixes. */
function boundaryProblems({ path, end }: ProblemInput): LogProblem[] {
  return path.flatMap((facts, place) => {
    const next = path[place + 1];
    const boundary = next?.start ?? (end?.last.state === 'sealed' ? end.last.tail : undefined);
    // A later recovery fixed this boundary, and said then what it cost: its word is not doubted again.
    if (boundary === undefined || isDecidedLater(facts, next)) return [];
    return [...committedBeyond(facts, boundary), ...closeAgainst(facts, next)];
  });
}

function isDecidedLater(facts: LogletFacts, next: LogletFacts | undefined): boolean {
  if (facts.segment?.loss !== undefined) return true;
  const [own, later] = [facts.descriptor?.generation, next?.descriptor?.generation];
  return own !== undefined && later !== undefined && compareGenerations(later, own) > 0;
}

function isEndedLater({ descriptor, lastIn }: LogletFacts): boolean {
  return (
    descriptor !== undefined &&
    lastIn !== undefined &&
    compareGenerations(lastIn.generation, descriptor.generation) > 0
  );
}

function committedBeyond(facts: LogletFacts, boundary: Position): LogProblem[] {
  const accepted = facts.segment?.loss;
  // An operator accepted this loss once, knowing that such a store may return.
  if (accepted !== undefined && boundary >= accepted.from) return [];
  const beyond = facts.copies.filter((copy) => copy.state.knownCommitted > boundary);
  const highest = beyond.reduce(
    (most, copy) => (copy.state.knownCommitted > most ? copy.state.knownCommitted : most),
    0n,
  );
  if (beyond.length === 0) return [];
  return [
    {
      kind: 'committed beyond the tail',
      weighs: 'contradiction',
      message: `${beyond.map((copy) => copy.serverId).join(', ')} knows of acknowledged entries up to ${highest} in segment ${facts.index}, which ends at ${boundary}. Positions ${boundary} to ${highest} are lost.`,
    },
  ];
}

/** A record that names another successor is no matter of boundaries: that one is a fork, or abandoned. */
function closeAgainst(facts: LogletFacts, next: LogletFacts | undefined): LogProblem[] {
  const differing = facts.copies.find(
    ({ state: { close } }) => close?.successor.logletId === next?.logletId && close?.end !== next?.start,
  );
  if (differing === undefined || next === undefined) return [];
  return [
    {
      kind: 'close record against boundary',
      weighs: 'contradiction',
      message: `Segment ${facts.index} was closed at ${differing.state.close?.end} on ${differing.serverId}, but its successor ${next.logletId} starts at ${next.start}.`,
    },
  ];
}

/**
 * Only what was acknowledged is trimmed, and everything acknowledged lies below T. (Below P would ask too much: stores
 * learn late what is committed.) A loglet that takes appends was asked at one moment and its trims at another.
 */
function trimProblems({ trim, end }: ProblemInput): LogProblem[] {
  if (end?.last.state !== 'sealed' || trim.trimPoint <= end.last.tail) return [];
  const { tip, last, proof } = end;
  const said = `The log was trimmed to ${trim.trimPoint}, but segment ${tip.index} ends at ${last.tail}`;
  // A recovery ended the log there, with somebody's consent: its word is not doubted again.
  if (isEndedLater(tip))
    return [
      {
        kind: 'trim beyond the tail',
        weighs: 'unproven',
        message: `${said}, as an earlier recovery decided: what was trimmed lay in a segment that it left out.`,
      },
    ];
  return [
    proof.kind === 'none'
      ? { kind: 'trim beyond the tail', weighs: 'unproven', message: `${said}: it has a successor.` }
      : {
          kind: 'trim beyond the tail',
          weighs: 'contradiction',
          message: `${said}, and nothing follows it.`,
        },
  ];
}

function headProblems({ path, trim, logId }: ProblemInput): LogProblem[] {
  const [first] = path;
  if (first === undefined) {
    return [
      {
        kind: 'nothing installed',
        weighs: 'unproven',
        message: `No loglet of log ${logId} is known to have been installed.`,
      },
    ];
  }
  const gap = path.find((facts, place) => place > 0 && facts.index !== (path[place - 1]?.index ?? 0) + 1);
  if (gap === undefined && (first.index === 0 || first.start <= trim.trimPoint)) return [];
  const below = gap ?? first;
  return [
    {
      kind: 'segments unknown',
      weighs: 'unproven',
      message: `Nothing tells which segments lie below segment ${below.index}, which starts at ${below.start}.`,
    },
  ];
}

function endProblems(input: ProblemInput): LogProblem[] {
  const { end } = input;
  if (end === undefined) return [];
  return [...successorProblems(end), ...sealProblems(end)];
}

function successorProblems({ tip, proof }: EndOfChain): LogProblem[] {
  if (proof.kind !== 'none') return [];
  const problems: LogProblem[] = proof.undecided.map((candidate) => ({
    kind: 'successor undecided',
    weighs: 'unproven',
    message: `${candidate.logletId} was provisioned after segment ${tip.index}. Whether it ever took entries is known only to servers that do not answer.`,
    wouldSettle: setsThatWouldDecide(candidate),
  }));
  problems.push(
    ...proof.beyond.map(({ candidate, nonWitnesses }) => mayExist(candidate.logletId, nonWitnesses)),
  );
  if (proof.nonWitnesses.length > 0) problems.push(mayExist(`segment ${tip.index}`, proof.nonWitnesses));
  return problems;
}

function mayExist(of: string, nonWitnesses: readonly NonWitness[]): LogProblem {
  const named = nonWitnesses.map(({ server, why }) => `${server.serverId} (${why})`).join(', ');
  return {
    kind: 'successor may exist',
    weighs: 'unproven',
    message: `A successor of ${of} could lie on servers that did not witness: ${named}.`,
    wouldSettle: nonWitnesses.filter(({ why }) => why === 'silent').map(({ server }) => [server.serverId]),
  };
}

function sealProblems({ tip, last }: EndOfChain): LogProblem[] {
  if (last.state !== 'unsealable') return [];
  if (tip.durability === undefined) {
    return [
      {
        kind: 'successor named, not found',
        weighs: 'unproven',
        message: `A close record names ${tip.logletId} as the loglet from ${tip.start} on. It exists, on ${tip.nodeset
          .map((member) => member.serverId)
          .join(', ')}, and none of these answers.`,
        wouldSettle: last.wouldSettle,
      },
    ];
  }
  return [
    {
      kind: 'not sealable',
      weighs: 'unproven',
      message: `Segment ${tip.index} cannot be sealed: servers that do not answer may have acknowledged entries alone. Everything below ${last.tailAcceptingLoss} that answering servers hold is kept; from there on nothing is known.`,
      wouldSettle: last.wouldSettle,
    },
  ];
}
