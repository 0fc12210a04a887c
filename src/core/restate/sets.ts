import type { RegisterSet, RegisterValue } from '../registerSet.ts';
import type { Chains, NodesConfiguration, PartitionEpoch, PartitionTable } from './values.ts';

/** Registers that were found together, with what they say. */
export interface FoundSet {
  /** `store`: the MetaStore that is to be right again. `cache`: a live node's own copies. `backup`: kept by this tool. */
  readonly source: 'store' | 'cache' | 'backup';
  /** Where, for people: `the cache of n1`. */
  readonly name: string;
  readonly registers: RegisterSet;
  readonly nodes?: NodesConfiguration;
  readonly chains?: Chains;
  readonly table?: PartitionTable;
  readonly epochs: readonly PartitionEpoch[];
}

/** One register's copy, and where it was found. */
export interface FoundRegister {
  readonly set: FoundSet;
  readonly value: RegisterValue;
}

/** The newest copy of a register; of equal ones the one that needs the least trust: the store's, then a live node's. */
export function newestCopy(key: string, sets: readonly FoundSet[]): FoundRegister | undefined {
  const order = ['store', 'cache', 'backup'];
  const copies = sets.flatMap((set) => {
    const value = set.registers.get(key);
    return value === undefined ? [] : [{ set, value }];
  });
  return copies.sort(
    (a, b) => b.value.version - a.value.version || order.indexOf(a.set.source) - order.indexOf(b.set.source),
  )[0];
}

/** Above every version that a cluster reaches by itself; used where nobody knows how far one came. */
export const GUESSED_VERSION = 1_000_000;
/** How far above what was seen a made value is put: what silent nodes cache must not be newer. */
const LIFT = 1_000;

/** What is known of how far a register's version has come. */
export interface VersionsSeen {
  /** The highest that a live node caches, or the store holds. */
  readonly live: number;
  /** The highest anywhere, backups included. */
  readonly any: number;
}

/** The version of a value that is made, or that is only known from a backup: never below what any live node caches. */
export function versionAbove({ live, any }: VersionsSeen): number {
  const lifted = Math.max(live, any) + LIFT;
  return live >= any && live > 0 ? lifted : Math.max(lifted, GUESSED_VERSION);
}
