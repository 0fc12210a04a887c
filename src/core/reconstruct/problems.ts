import type { Observation } from '../evidence.ts';
import { compareGenerations, describeGeneration } from '../generation.ts';
import type { LogId, Position, ServerId } from '../ids.ts';
import type { Branching } from './branch.ts';
import { type EndOfChain, setsThatWouldDecide } from './end.ts';
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

function committedBeyond(facts: LogletFacts, boundary: Position): LogProblem[] {
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

function closeAgainst(facts: LogletFacts, next: LogletFacts | undefined): LogProblem[] {
  const { close } = facts;
  if (close === undefined || next === undefined || close.end === next.start) return [];
  return [
    {
      kind: 'close record against boundary',
      weighs: 'contradiction',
      message: `Segment ${facts.index} was closed at ${close.end}, but its successor ${next.logletId} starts at ${next.start}.`,
    },
  ];
}

function trimProblems({ trim, end }: ProblemInput): LogProblem[] {
  if (end === undefined || trim.trimPoint <= end.tip.start) return [];
  const { last } = end;
  const held = end.tip.copies.map((copy) => copy.state.knownCommitted);
  const known = held.reduce((most, one) => (one > most ? one : most), end.tip.start);
  const bound = last.state === 'sealed' && last.committed > known ? last.committed : known;
  if (trim.trimPoint <= bound) return [];
  return [
    {
      kind: 'trim beyond the tail',
      weighs: 'contradiction',
      message: `The log was trimmed to ${trim.trimPoint}, but its entries are known to be committed only up to ${bound}.`,
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
  if (proof.nonWitnesses.length > 0) {
    const named = proof.nonWitnesses.map(({ server, why }) => `${server.serverId} (${why})`).join(', ');
    problems.push({
      kind: 'successor may exist',
      weighs: 'unproven',
      message: `A successor of segment ${tip.index} could lie on servers that did not witness: ${named}.`,
      wouldSettle: proof.nonWitnesses
        .filter(({ why }) => why === 'silent')
        .map(({ server }) => [server.serverId]),
    });
  }
  return problems;
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
