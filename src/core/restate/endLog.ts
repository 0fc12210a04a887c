import type { Interval } from '../evidence.ts';
import { setsThatWouldSeal } from '../quorum.ts';
import type { ReplicaLook } from './evidence.ts';
import type { LogletAnswer } from './logletLook.ts';
import { canWrite, type FMajority, fMajority, membersOf, sealSystem } from './storage.ts';
import { type ClusterNode, type Replication, type Segment, serverIdOf } from './values.ts';

type Loglet = Extract<Segment, { readonly kind: 'replicated' }>;

export interface EndOfLog {
  /** Of the last loglet, among the nodes that answer. */
  readonly majority: FMajority;
  readonly silent: readonly number[];
  readonly wouldSettle: readonly (readonly string[])[];
  /** Where the log ends if the silent nodes are given up: LSN. */
  readonly acceptedTail: bigint;
  /** Up to here all was acknowledged: LSN. */
  readonly committed: bigint;
}

/**
 * How a log whose last loglet is this one can be ended with the nodes that answer. Given up without an f-majority, it
 * ends at the highest record that any of them has stored, and never below what a partition has applied: a new segment
 * there would give used numbers to other records.
 */
export function endOfLog(
  loglet: Loglet,
  found: {
    readonly nodes: readonly ClusterNode[];
    readonly answers: readonly LogletAnswer[];
    readonly replicas: readonly ReplicaLook[];
  },
): EndOfLog {
  const { nodes, answers, replicas } = found;
  const members = membersOf(loglet.nodeset, nodes);
  const answering = new Set(answers.map(({ nodeId }) => serverIdOf(nodeId)));
  const system = sealSystem(loglet.replication, members);
  const majority = fMajority(loglet.replication, members, answering);
  const top = (tails: readonly bigint[], least: bigint) =>
    tails.reduce((most, one) => (one > most ? one : most), least);
  const stored = top(
    answers.map(({ copy }) => copy.localTail),
    1n,
  );
  const told = top(
    answers.map(({ copy }) => copy.knownGlobalTail),
    1n,
  );
  const applied = top(
    replicas.map(({ appliedLsn }) => appliedLsn + 1n),
    loglet.base,
  );
  return {
    majority,
    silent: members
      .filter(({ serverId, state }) => state !== 'disabled' && !answering.has(serverId))
      .map(({ serverId }) => Number(serverId.slice(1))),
    wouldSettle: majority === 'yes' ? [] : setsThatWouldSeal(system, answering),
    acceptedTail: top([loglet.base + stored - 1n], applied),
    committed: top([loglet.base + told - 1n], applied),
  };
}

/** Records of [first, end) that nobody who answers holds: LSNs. They may have been acknowledged by those who are silent. */
export function holesIn(
  { base }: Pick<Loglet, 'base'>,
  answers: readonly LogletAnswer[],
  end: bigint,
): Interval[] {
  const trimmed = answers.reduce((most, { copy }) => (copy.trimPoint > most ? copy.trimPoint : most), 0n);
  const held = answers
    .flatMap(({ records = [] }) => records)
    .map(({ from, to }) => ({ from: base + from - 1n, to: base + (to ?? from) - 1n }))
    .sort((a, b) => (a.from < b.from ? -1 : 1));
  const holes: Interval[] = [];
  let next = base + trimmed;
  for (const { from, to } of [...held, { from: end, to: end }]) {
    if (from > next) holes.push({ from: next, to: from < end ? from : end });
    if (to > next) next = to;
  }
  return holes.filter(({ from, to }) => to === undefined || from < to);
}

/** Whether a new loglet on these nodes could take records, and with how many copies at most. */
export function canExtend(
  replication: Replication,
  nodeset: readonly number[],
  nodes: readonly ClusterNode[],
): boolean {
  return canWrite(replication, membersOf(nodeset, nodes));
}
