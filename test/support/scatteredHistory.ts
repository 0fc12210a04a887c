import type { ScopedCopies } from '../../src/core/durability.ts';
import { type ServerId, serverId } from '../../src/core/ids.ts';
import { containsCommitQuorum, isSealQuorum, type QuorumSystem } from '../../src/core/quorum.ts';
import { writeSystem } from '../../src/core/restate/storage.ts';
import type { ScatteredAnswer } from '../../src/core/scattered.ts';
import { subsetsOf } from './subsets.ts';

export const LOCATIONS = ['eu/a', 'eu/b', 'us/a', 'us/b'];

export interface SealedLoglet {
  readonly system: QuorumSystem;
  readonly answers: readonly (ScatteredAnswer & { readonly sealed: boolean })[];
  /** The tail that the seal decided which the chain took. */
  readonly tail: bigint;
  /** Another seal ran at once, lost, and had completed records beyond that tail. */
  readonly completedBeyond: boolean;
}

/** Draws from a list of numbers: a small deterministic dice. */
function dice(numbers: readonly number[]): (sides: number) => number {
  let next = 0;
  return (sides) => (numbers[next++ % numbers.length] ?? 0) % sides;
}

/** A Loglet that lives and is sealed as Bifrost does it, told step by step. */
export function liveAndSeal(given: {
  readonly copies: ScopedCopies;
  readonly size: number;
  readonly numbers: readonly number[];
}): SealedLoglet {
  const { copies, size, numbers } = given;
  const roll = dice(numbers);
  const nodeset = Array.from({ length: size }, (_, place) => ({
    serverId: serverId(`N${place + 1}`),
    location: LOCATIONS[place] ?? '',
  }));
  const system = writeSystem(copies, nodeset);
  const subsets = subsetsOf(system.members);
  const quorums = subsets.filter((set) => containsCommitQuorum(system, new Set(set)));
  const held = new Map<ServerId, Set<bigint>>(system.members.map((id) => [id, new Set()]));
  const known = new Map<ServerId, bigint>(system.members.map((id) => [id, 1n]));
  const put = (set: readonly ServerId[], position: bigint) => {
    for (const id of set) held.get(id)?.add(position);
  };
  const tailOf = (id: ServerId) =>
    [...(held.get(id) ?? [])].reduce((most, one) => (one >= most ? one + 1n : most), 1n);
  // Acknowledged records, told to some; then one that reached a few nodes only.
  const acknowledged = BigInt(roll(5));
  for (let position = 1n; position <= acknowledged; position += 1n) {
    put(quorums[roll(quorums.length)] ?? [], position);
    for (const id of system.members) if (roll(2) === 0) known.set(id, position + 1n);
  }
  put(subsets[roll(subsets.length)] ?? [], acknowledged + 1n);
  // The seal: on a seal quorum, the highest local tail among them, and what is below completed.
  const sealers = subsets.filter((set) => isSealQuorum(system, new Set(set)));
  const sealed = sealers[roll(sealers.length)] ?? [];
  const tail = sealed.map(tailOf).reduce((most, one) => (one > most ? one : most), 1n);
  for (let position = 1n; position < tail; position += 1n) put(quorums[roll(quorums.length)] ?? [], position);
  for (const id of sealed) if (roll(2) === 0) known.set(id, tail);
  // Who was not sealed may still store what can never be acknowledged.
  for (const id of system.members)
    if (!sealed.includes(id) && roll(2) === 0) put([id], tail + BigInt(roll(2)));
  // A second seal at once: it sees what the first did not, completes that, tells nobody, and loses.
  const losers = sealers[roll(sealers.length)] ?? [];
  const lostTail = losers.map(tailOf).reduce((most, one) => (one > most ? one : most), 1n);
  const completedBeyond = roll(3) === 0 && lostTail > tail;
  if (completedBeyond)
    for (let position = tail; position < lostTail; position += 1n)
      put(quorums[roll(quorums.length)] ?? [], position);
  return {
    ...{ system, tail, completedBeyond },
    answers: system.members.map((id) => ({
      serverId: id,
      localTail: tailOf(id),
      knownTail: known.get(id) ?? 1n,
      trimPoint: 0n,
      sealed: sealed.includes(id),
      records: [...(held.get(id) ?? [])].map((from) => ({ from, to: from + 1n })),
    })),
  };
}
