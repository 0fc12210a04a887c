import type { Chain } from '../core/chain.ts';
import type { RegisterSet } from '../core/registerSet.ts';
import type { MetaStore } from './MetaStore.ts';
import type { RegisterStore } from './RegisterStore.ts';

/** A member as the configuration names it. */
export interface MemberPlace {
  readonly name: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
  readonly dataDir?: string;
  readonly location?: string;
  /** Files that it is started with, on its own machine. */
  readonly tls?: {
    readonly certFile: string;
    readonly keyFile: string;
    readonly caFile?: string;
    readonly peerCertFile: string;
    readonly peerKeyFile: string;
    readonly peerCaFile?: string;
  };
}

/** What one configured address says of itself. Read from that member alone: possibly stale. */
export interface MemberLook extends MemberPlace {
  /** `serves`: a linearizable read goes through it. `alone`: it answers, and has no majority. */
  readonly state: 'serves' | 'alone' | 'silent';
  /** The engine's own ids, as it writes them. */
  readonly clusterId?: string;
  readonly memberId?: string;
  readonly revision?: string;
  /** Peer addresses that this member counts as members with a vote. */
  readonly peers: readonly string[];
  /** It is silent because its process has ended: seen on this machine, where the member runs. */
  readonly ended?: true;
  readonly detail?: string;
}

/** Where something may have survived: a member that answers (by its name), or what the operator names (a path). */
export interface SurvivorPlace {
  readonly origin: 'member' | 'data directory' | 'snapshot';
  readonly name: string;
}

export interface SurvivorCopy {
  readonly engine: 'etcd' | 'file';
  readonly revision?: string;
  /** Keys that are not ours: a new cluster made from this survivor has them as they were. */
  readonly otherKeys: number;
  /** False: a register is damaged. What is sound of it is evidence; a new cluster is not made from it. */
  readonly sound: boolean;
  /** Whole sentences: what of it cannot be used. */
  readonly problems: readonly string[];
}

/** What is ours in it: the chains of native logs, or another engine's registers. */
export type SurvivorContents = SurvivorCopy & { readonly chains: readonly Chain[] };
export type SurvivorSet = SurvivorCopy & { readonly registers: RegisterSet };

/** A new cluster of one member. The token is new too: no member of an older cluster can join it, or be joined by it. */
export interface NewCluster {
  readonly runId: string;
  readonly token: string;
  readonly first: MemberPlace;
  /** A survivor that this run has kept a copy of; an empty cluster without one. */
  readonly from?: SurvivorPlace;
}

/** What became of an address that a member was started on. */
export interface StartedMember {
  readonly name: string;
  /** Where the data directory that was there lies now. */
  readonly movedTo?: string;
}

/**
 * The members of a MetaStore as processes with data directories, for when their majority is lost. Nothing here decides
 * anything. Every call is idempotent within a run, also after a crash in its middle. Throws `PortError` where a member
 * does not do what it should, `DrError` where a place that the operator named cannot be used.
 */
export interface MetaStoreAdmin<Registers = MetaStore, Contents = SurvivorContents> {
  readonly kind: 'etcd' | 'file';
  /** Who starts and stops members. The operator is told what to do, and its effect is awaited. */
  readonly hands: 'tool' | 'operator';
  readonly members: readonly MemberPlace[];

  /** Asks every configured address. Changes nothing. */
  look(): Promise<readonly MemberLook[]>;

  /**
   * What is left on this machine without being named: data directories of these members, and what the last run kept that
   * was stopped before its cluster was opened (it may have moved the only survivor aside already).
   */
  leftHere(silent: readonly MemberPlace[]): Promise<readonly SurvivorPlace[]>;

  /**
   * Copies a survivor and reads the copy. The original is never opened. With `keep` the copy stays in that run's
   * directory, and a later call of the run reads the same copy.
   */
  read(place: SurvivorPlace, keep?: { readonly runId: string }): Promise<Contents>;

  /**
   * Makes the new cluster on loopback, where no client and no other member can reach it, lends out its registers, saves
   * it as a file when `use` has ended, and stops it. `clusterId`: the engine's own, which `open` will have too.
   */
  isolated<T>(
    cluster: NewCluster,
    use: (registers: Registers) => Promise<T>,
  ): Promise<{ readonly value: T; readonly clusterId: string; readonly savedAs: string }>;

  /** Stops what runs on this member's addresses, and starts the saved cluster there. Its old data is moved, not deleted. */
  open(cluster: NewCluster & { readonly clusterId: string }): Promise<StartedMember>;

  /**
   * Adds one member to the cluster that serves, without a vote until it holds everything: an address that was wrong
   * costs no quorum. Resolves when a linearizable read goes through it.
   */
  add(
    member: MemberPlace,
    to: { readonly runId: string; readonly clusterId: string; readonly through: readonly MemberPlace[] },
  ): Promise<StartedMember>;

  /** Registers as these members serve them. Closed by the caller. */
  registers(members: readonly MemberPlace[]): Registers;

  close(): Promise<void>;
}

/** Of an engine that keeps its registers in an etcd of its own. */
export type RegisterStoreAdmin = MetaStoreAdmin<RegisterStore, SurvivorSet>;
