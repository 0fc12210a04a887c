import type { Interval } from './evidence.ts';
import type { Position, ServerId } from './ids.ts';
import { containsCommitQuorum, type QuorumSystem } from './quorum.ts';
import { ascending } from './tail.ts';

/**
 * An answer about a Loglet whose records are scattered: each lies on some commit quorum of the nodeset, none on all of it.
 * So `localTail` is a high-water mark that says nothing of what lies below it, and may be above every acknowledged
 * record; the known global tail was acknowledged up to there, and lags.
 */
export interface ScatteredAnswer {
  readonly serverId: ServerId;
  /** One past the highest record that it ever stored. */
  readonly localTail: Position;
  /** The global tail as it was told last. */
  readonly knownTail: Position;
  /** The last position that was trimmed away. */
  readonly trimPoint: Position;
  /** Which records it holds, where that was asked for; anything below `localTail` when it was not. */
  readonly records?: readonly Interval[];
}

/** What the copies that answered leave possible for the tail of a sealed Loglet. Positions are the Loglet's own. */
export interface TailBounds {
  /** Some copy was told it: no seal that counted lies below. */
  readonly told: Position;
  /** Every record below it was acknowledged, or completed by a seal: perhaps by one that lost the race for the chain. */
  readonly committed: Position;
  /** Every record that some copy holds and that may have been acknowledged is below it. */
  readonly reachable: Position;
  /** No record at or above it was; `undefined` when silent members alone could hold one. */
  readonly highest: Position | undefined;
}

/**
 * The tail of a Loglet that was sealed on a seal quorum lies between `told` and `highest`. A seal takes the highest local
 * tail among its responders and completes what is below, so a record that no commit quorum can hold is not below the
 * tail. One on a commit quorum need not be either: of two seals that ran at once, the one that lost the chain completed
 * records beyond the tail of the other (seen). `first` is the Loglet's first position.
 */
export function scatteredTail(
  system: QuorumSystem,
  copies: readonly ScatteredAnswer[],
  first: Position,
): TailBounds {
  const answered = new Set(copies.map((copy) => copy.serverId));
  const silent = system.members.filter((id) => !answered.has(id));
  const ends = [...new Set(copies.flatMap(endsOf))].filter((end) => end > first).sort(ascending);
  const isOn = (quorum: readonly ServerId[], end: Position, holds: typeof mayHold): boolean =>
    containsCommitQuorum(
      system,
      new Set([...quorum, ...copies.filter((copy) => holds(copy, end - 1n)).map((copy) => copy.serverId)]),
    );
  const told = copies.reduce(
    (most, { knownTail, trimPoint }) => max(most, max(knownTail, trimPoint + 1n)),
    first,
  );
  const stored = ends.filter((end) => isOn([], end, surelyHolds)).at(-1) ?? first;
  const committed = max(told, stored);
  const possible = max(committed, ends.filter((end) => isOn(silent, end, mayHold)).at(-1) ?? first);
  // Silent members may hold what is missing below.
  if (containsCommitQuorum(system, new Set(silent)))
    return { told, committed, reachable: possible, highest: undefined };
  const highest = max(committed, min(possible, firstGap(copies, told, ends)));
  return { told, committed, reachable: highest, highest };
}

/** Records are acknowledged in order, so none is behind one that nobody stored. */
function firstGap(copies: readonly ScatteredAnswer[], told: Position, ends: readonly Position[]): Position {
  const starts = [told, ...ends.filter((end) => end > told)];
  return starts.find((position) => !copies.some((copy) => mayHold(copy, position))) ?? told;
}

/** Who holds a position changes only here. */
function endsOf({ localTail, records }: ScatteredAnswer): Position[] {
  return records === undefined ? [localTail] : records.flatMap(({ to }) => (to === undefined ? [] : [to]));
}

function mayHold({ localTail, records }: ScatteredAnswer, position: Position): boolean {
  return records === undefined ? localTail > position : isWithin(records, position);
}

function surelyHolds({ records }: ScatteredAnswer, position: Position): boolean {
  return records !== undefined && isWithin(records, position);
}

function isWithin(records: readonly Interval[], position: Position): boolean {
  return records.some(({ from, to }) => from <= position && (to === undefined || position < to));
}

function min(a: Position, b: Position): Position {
  return a < b ? a : b;
}

function max(a: Position, b: Position): Position {
  return a > b ? a : b;
}
