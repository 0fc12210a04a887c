import type { Interval } from '../evidence.ts';
import type { ServerId } from '../ids.ts';
import { containsCommitQuorum, isSealQuorum, setsThatWouldSeal } from '../quorum.ts';
import { scatteredTail, type TailBounds } from '../scattered.ts';
import type { ScatteredCopy } from './evidence.ts';
import { showsExistence } from './loglets.ts';
import { membersOf, sealSystem, writeSystem } from './storage.ts';
import { type ClusterNode, type Replication, serverIdOf } from './values.ts';

/** One node's answer about one loglet. */
export interface LogletAnswer {
  readonly nodeId: number;
  readonly copy: ScatteredCopy;
  /** Which offsets it holds, where that was asked for. */
  readonly records?: readonly Interval[];
}

/** Where a loglet may have copies, and how many of each record. */
export interface LogletShape {
  readonly nodeset: readonly number[];
  readonly replication: Replication;
}

/** What the answers about one loglet come to. Offsets begin at 1; tails are exclusive. */
export interface LogletLook {
  readonly exists: boolean;
  readonly answering: readonly ServerId[];
  readonly sealedOn: readonly ServerId[];
  /** `sealed`: on a seal quorum. `active`: open on a write quorum, so that nothing can have succeeded it. */
  readonly state: 'active' | 'sealed' | 'undecided';
  readonly bounds: TailBounds;
  /** The highest local tail: over-reports, and is what a forced seal would keep. */
  readonly highestLocal: bigint;
  readonly trimPoint: bigint;
  /** Sets of silent nodes that would make the answering ones a seal quorum. */
  readonly wouldSettle: readonly (readonly ServerId[])[];
}

/** Reads the answers of a loglet's nodeset under the quorums of its own replication (Bifrost's write quorum, f-majority). */
export function lookAtLoglet(
  answers: readonly LogletAnswer[],
  shape: LogletShape,
  nodes: readonly ClusterNode[],
): LogletLook {
  const members = membersOf(shape.nodeset, nodes);
  const inNodeset = answers.filter(({ nodeId }) => shape.nodeset.includes(nodeId));
  const write = writeSystem(shape.replication, members);
  const seal = sealSystem(shape.replication, members);
  const answering = inNodeset.map(({ nodeId }) => serverIdOf(nodeId));
  const on = (isIt: (copy: ScatteredCopy) => boolean): ServerId[] =>
    inNodeset.filter(({ copy }) => isIt(copy)).map(({ nodeId }) => serverIdOf(nodeId));
  const sealedOn = on((copy) => copy.sealed);
  const exists = inNodeset.some(({ copy }) => showsExistence(copy));
  const isActive = containsCommitQuorum(write, new Set(on((copy) => !copy.sealed)));
  const isSealed = sealedOn.length > 0 && isSealQuorum(seal, new Set(sealedOn));
  const copies = inNodeset.map(({ nodeId, copy, records }) => ({
    serverId: serverIdOf(nodeId),
    localTail: copy.localTail,
    knownTail: copy.knownGlobalTail,
    trimPoint: copy.trimPoint,
    ...(records !== undefined && { records }),
  }));
  return {
    exists,
    answering,
    sealedOn,
    state: isSealed ? 'sealed' : isActive ? 'active' : 'undecided',
    bounds: scatteredTail(write, copies, 1n),
    highestLocal: highest(
      copies.map((copy) => copy.localTail),
      1n,
    ),
    trimPoint: highest(
      copies.map((copy) => copy.trimPoint),
      0n,
    ),
    wouldSettle: isSealQuorum(seal, new Set(answering)) ? [] : setsThatWouldSeal(seal, new Set(answering)),
  };
}

/** The nodes whose silence leaves open whether records exist that nobody who answers has seen. */
export function silentCouldHold(
  answering: ReadonlySet<number>,
  shape: LogletShape,
  nodes: readonly ClusterNode[],
): boolean {
  const system = writeSystem(shape.replication, membersOf(shape.nodeset, nodes));
  const silent = shape.nodeset.filter((id) => !answering.has(id)).map(serverIdOf);
  return containsCommitQuorum(system, new Set(silent));
}

function highest(positions: readonly bigint[], least: bigint): bigint {
  return positions.reduce((most, one) => (one > most ? one : most), least);
}
