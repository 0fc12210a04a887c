import { type ChainIdentity, identityOf } from '../../core/chain.ts';
import type { LogId } from '../../core/ids.ts';
import { holds, orderOf } from '../wrap/chainOrder.ts';
import type { EtcdRegisters, Written } from './registers.ts';

/** The value that a watch gave out last: compared by value, for a revision can come again with another. */
export interface Seen {
  readonly place: bigint;
  readonly count: bigint;
  readonly identity: ChainIdentity;
}

/** Where the later values lie, oldest first. */
export interface Later {
  readonly places: readonly bigint[];
  /** How many values in between etcd does not keep any more. */
  readonly skipped: bigint;
}

/**
 * What was written after the value seen last. When that is not where it was, etcd began anew from an older state
 * (a restored snapshot, a survivor that lagged): then all it keeps is new.
 */
export async function laterThan(
  registers: EtcdRegisters,
  logId: LogId,
  seen: Seen | undefined,
  now?: Written,
): Promise<Later> {
  const places: bigint[] = [];
  let oldest: Written | undefined;
  let isBefore = false;
  for await (const written of registers.newestFirst(logId, now)) {
    if (seen !== undefined && written.place <= seen.place) {
      isBefore ||= written.place < seen.place || !holds(registers.decode(logId, written), seen.identity);
      if (!isBefore) return { places: places.reverse(), skipped: 0n };
    }
    places.push(written.place);
    oldest = written;
  }
  const gap = seen === undefined || isBefore || oldest === undefined ? 0n : oldest.count - seen.count - 1n;
  return { places: places.reverse(), skipped: gap > 0n ? gap : 0n };
}

/** As `laterThan`, from an identity alone. One that is not kept is placed by its order, so that nothing is missed. */
export async function laterThanIdentity(
  registers: EtcdRegisters,
  logId: LogId,
  after: ChainIdentity,
): Promise<Later & { readonly seen?: Seen }> {
  const places: bigint[] = [];
  let laterOnes = 0;
  let newest: Seen | undefined;
  for await (const written of registers.newestFirst(logId)) {
    const chain = registers.decode(logId, written);
    const { place, count } = written;
    if (holds(chain, after))
      return { places: places.reverse(), skipped: 0n, seen: { place, count, identity: after } };
    newest ??= { place, count, identity: identityOf(chain) };
    places.push(place);
    if (orderOf(chain, after) >= 0) laterOnes = places.length;
  }
  const later = { places: places.slice(0, laterOnes).reverse(), skipped: 0n };
  return laterOnes > 0 || newest === undefined ? later : { ...later, seen: newest };
}
