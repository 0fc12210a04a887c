import type { Descriptor } from './descriptor.ts';
import type { Position, ServerId } from './ids.ts';
import type { LogletState } from './logletState.ts';
import { containsCommitQuorum, isSealQuorum, quorumSystem, setsThatWouldSeal } from './quorum.ts';

/** A store that was asked about a loglet: sealed, with the storeId that the descriptor names, holding the descriptor. */
export interface TailAnswer {
  readonly serverId: ServerId;
  readonly localTail: Position;
  /** Its tail before any repair; absent on a copy that is not sealed. */
  readonly tailAtSeal?: Position;
  readonly knownCommitted: Position;
  /** The final end that a close record told it. */
  readonly closedAt?: Position;
}

/** A copy's state as an answer about the tail. */
export function tailAnswer(
  serverId: ServerId,
  state: Omit<TailAnswer, 'serverId' | 'closedAt'> & Pick<LogletState, 'close'>,
): TailAnswer {
  const { localTail, tailAtSeal, knownCommitted, close } = state;
  return {
    ...{ serverId, localTail, knownCommitted },
    ...(tailAtSeal !== undefined && { tailAtSeal }),
    ...(close !== undefined && { closedAt: close.end }),
  };
}

/** Up to where the copy was written by its sequencer: only that can have counted toward an acknowledgement. */
function storedTail({ localTail, tailAtSeal }: TailAnswer): Position {
  return tailAtSeal === undefined || tailAtSeal > localTail ? localTail : tailAtSeal;
}

export type LogletShape = Pick<Descriptor, 'nodeset' | 'durability' | 'start'>;

export type TailInference =
  /** The silent stores alone hold a commit quorum: entries may have been acknowledged that nobody here knows of. */
  | { readonly kind: 'unsealable'; readonly wouldSettle: readonly (readonly ServerId[])[] }
  | {
      readonly kind: 'tail';
      /** T: the first position that cannot have been acknowledged. Where the successor starts. */
      readonly tail: Position;
      /** P: below it every position is on a commit quorum. [P, T) was stored and may have been acknowledged. */
      readonly committed: Position;
      /** Whether the responders can hold a commit quorum of the repaired tail themselves. */
      readonly repairable: boolean;
      /** Somebody knows of a committed position at or above T: proven loss, [from, to) is missing. */
      readonly contradiction?: { readonly from: Position; readonly to: Position; readonly said: ServerId };
    };

/**
 * The tail of a sealed loglet from those who answered (protocol §4). Pure: the same answers give the same tail.
 * T becomes the boundary only when a successor with start = T is installed, and final only once that successor, or
 * a later one, is activated; until then a tail asked from other survivors can differ.
 */
export function inferTail(loglet: LogletShape, responders: readonly TailAnswer[]): TailInference {
  const system = quorumSystem(loglet.durability, loglet.nodeset);
  const answered = new Set(responders.map((answer) => answer.serverId));
  if (!isSealQuorum(system, answered)) {
    return { kind: 'unsealable', wouldSettle: setsThatWouldSeal(system, answered) };
  }
  const silent = loglet.nodeset.map((member) => member.serverId).filter((id) => !answered.has(id));
  const possiblyCommitted = (position: Position): boolean =>
    containsCommitQuorum(system, new Set([...silent, ...holdersOf(responders, position)]));
  // Who holds a position changes only at a local tail, so T is the start or one of them.
  const candidates = [loglet.start, ...responders.map((answer) => answer.localTail)].sort(ascending);
  const possible = candidates.find((position) => !possiblyCommitted(position)) ?? loglet.start;
  const tail = closedEnd(responders, possible);
  const contradiction = knownAbove(responders, tail);
  return {
    kind: 'tail',
    tail,
    committed: committedLowerBound(loglet, responders),
    repairable: containsCommitQuorum(system, answered),
    ...(contradiction && { contradiction }),
  };
}

/**
 * The same answers as their seals will show them at least. Copies that are open were asked each at its own moment: what
 * one knows to be committed may have reached another since it was asked, and is no contradiction. A copy that lost it
 * shows that at its seal, where nothing moves any more.
 */
export function foreseenAtSeal(answers: readonly TailAnswer[]): TailAnswer[] {
  const known = answers.reduce((most, { knownCommitted: one }) => (one > most ? one : most), 0n);
  const isSealed = ({ tailAtSeal }: TailAnswer) => tailAtSeal !== undefined;
  return answers.map((answer) =>
    isSealed(answer) || answer.localTail >= known ? answer : { ...answer, localTail: known },
  );
}

/**
 * P: the largest position such that a commit quorum of those who answered *stored* everything below it. Every seal
 * quorum meets that one, so every tail that anybody can infer lies at or above P. Repaired copies do not count: two
 * entries were served at one position when a reader believed a repair that lost.
 */
export function committedLowerBound(loglet: LogletShape, answers: readonly TailAnswer[]): Position {
  const system = quorumSystem(loglet.durability, loglet.nodeset);
  const tails = answers.map(storedTail).sort((a, b) => ascending(b, a));
  const bound = tails.find((tail) =>
    containsCommitQuorum(
      system,
      new Set(answers.filter((answer) => storedTail(answer) >= tail).map((answer) => answer.serverId)),
    ),
  );
  return bound === undefined || bound < loglet.start ? loglet.start : bound;
}

/** Beyond quorum, when an operator accepts loss: the largest local tail among the responders. */
export function tailAcceptingLoss(loglet: LogletShape, responders: readonly TailAnswer[]): Position {
  return responders.reduce(
    (tail, answer) => (answer.localTail > tail ? answer.localTail : tail),
    loglet.start,
  );
}

function holdersOf(responders: readonly TailAnswer[], position: Position): ServerId[] {
  return responders.filter((answer) => answer.localTail > position).map((answer) => answer.serverId);
}

/**
 * A close record is written once its successor is active: its end is final. It lies above T where the successor is no
 * more, since an operator left it out, and a copy was not repaired yet. Where nobody holds so much it is no tail.
 */
function closedEnd(responders: readonly TailAnswer[], tail: Position): Position {
  const most = responders.reduce((end, { localTail }) => (localTail > end ? localTail : end), tail);
  return responders.reduce(
    (end, { closedAt }) => (closedAt !== undefined && closedAt > end && closedAt <= most ? closedAt : end),
    tail,
  );
}

function knownAbove(responders: readonly TailAnswer[], tail: Position) {
  const highest = responders.reduce<TailAnswer | undefined>(
    (best, answer) => (best === undefined || answer.knownCommitted > best.knownCommitted ? answer : best),
    undefined,
  );
  if (highest === undefined || highest.knownCommitted <= tail) return undefined;
  return { from: tail, to: highest.knownCommitted, said: highest.serverId };
}

export function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
