import type { SnapshotPolicy } from '../../src/core/chain.ts';
import type { Durability, NodesetMember, SuccessorRule } from '../../src/core/durability.ts';
import type { Observation } from '../../src/core/evidence.ts';
import type { LogId, LogletId, ServerId, StoreId } from '../../src/core/ids.ts';
import type { LogletState } from '../../src/core/logletState.ts';

/** A loglet that something observed mentions, or one that nobody saw. */
export interface Loglet {
  readonly logletId: LogletId;
  readonly predecessor: LogletId | undefined;
  readonly nodeset: readonly NodesetMember[];
  readonly durability: Durability;
  /** What its successor may be; `undefined`: nobody knows. */
  readonly rules: readonly SuccessorRule[] | undefined;
  /** Stores that were there when it was provisioned. */
  readonly stores: readonly StoreId[];
  readonly copies: readonly {
    readonly serverId: ServerId;
    readonly sealed: boolean;
    readonly activated: boolean;
  }[];
  readonly chainVersion?: number;
  /** Something shows that it was in the register. */
  readonly installed: boolean;
  /** A snapshot lists it. */
  readonly listed: boolean;
  /** A close record names it: it was active on a commit quorum. */
  readonly closedInFavour: boolean;
  /** Its activation waits for a required snapshot in the repository that was read. */
  readonly bound: boolean;
  /** So does its successor's. */
  readonly bindsNext: boolean;
}

/** Why the evidence lies outside of what is enumerated: one control plane that no recovery has touched, nothing damaged. */
export function unjudged(observation: Observation, logId: LogId): string | undefined {
  if (observation.rejected.length > 0) return 'rejected evidence';
  if (observation.servers.length > 6) return 'a large universe';
  for (const { chain } of observation.chains)
    if (chain.generation.number > 1 || chain.trimPoint > 0n || chain.retired.length > 0)
      return 'a later chain';
  for (const { answer } of observation.servers) {
    if (answer.kind === 'foreign') return 'a foreign server';
    if (answer.kind !== 'answered') continue;
    if (answer.offline || answer.damaged.length > 0 || answer.status.retired) return 'an odd copy';
    if ((answer.status.generation?.number ?? 1) > 1) return 'a recovery has been there';
    if (answer.trims.some(({ trimPoint }) => trimPoint > 0n)) return 'a trimmed log';
  }
  const states = statesOf(observation, logId);
  const known = new Set(states.map(({ state }) => state.descriptor.logletId));
  for (const { state } of states) {
    const { descriptor, close } = state;
    if (descriptor.retired.length > 0 || descriptor.index > 7) return 'a long chain';
    if (close !== undefined && !known.has(close.successor.logletId)) return 'a successor that is only named';
  }
  return states.length === 0 ? 'nothing seen' : undefined;
}

interface Draft {
  predecessor: LogletId | undefined;
  nodeset: readonly NodesetMember[];
  durability: Durability;
  rules?: readonly SuccessorRule[];
  snapshots?: SnapshotPolicy;
  stores: StoreId[];
  copies: { serverId: ServerId; sealed: boolean; activated: boolean }[];
  chainVersion?: number;
  installed: boolean;
  listed: boolean;
  closedInFavour: boolean;
}

export function visibleLoglets(observation: Observation, logId: LogId): Map<LogletId, Loglet> {
  const drafts = new Map<LogletId, Draft>();
  const draft = (logletId: LogletId, said: Pick<Draft, 'predecessor' | 'nodeset' | 'durability'>): Draft => {
    const known = drafts.get(logletId);
    if (known !== undefined) return known;
    const fresh = { ...said, stores: [], copies: [], installed: false, listed: false, closedInFavour: false };
    drafts.set(logletId, fresh);
    return fresh;
  };
  for (const { serverId, storeId, state } of statesOf(observation, logId)) {
    const { descriptor } = state;
    const one = draft(descriptor.logletId, { ...descriptor, predecessor: descriptor.lineage[0]?.logletId });
    one.rules = descriptor.nextRules;
    one.snapshots = descriptor.snapshots;
    one.chainVersion = descriptor.chainVersion;
    one.stores.push(...descriptor.stores.map((seen) => seen.storeId));
    const isMember = descriptor.nodeset.some((m) => m.serverId === serverId && m.storeId === storeId);
    if (isMember)
      one.copies.push({ serverId, sealed: state.sealed, activated: state.activatedAt !== undefined });
    if (state.activatedAt !== undefined || state.localTail > descriptor.start || state.close !== undefined)
      one.installed = true;
    descriptor.lineage.forEach((entry, place) => {
      const before = descriptor.lineage[place + 1]?.logletId;
      draft(entry.logletId, { ...entry, predecessor: before }).installed = true;
    });
  }
  for (const { source, chain } of observation.chains.filter((one) => one.chain.logId === logId)) {
    chain.segments.forEach((segment, place) => {
      const one = draft(segment.logletId, { ...segment, predecessor: chain.segments[place - 1]?.logletId });
      one.installed = true;
      if (source === 'snapshot') one.listed = true;
      if (place < chain.segments.length - 1) return;
      one.rules ??= chain.nextRules;
      one.snapshots ??= chain.snapshots;
    });
  }
  for (const { state } of statesOf(observation, logId)) {
    const named = state.close && drafts.get(state.close.successor.logletId);
    if (named) Object.assign(named, { installed: true, closedInFavour: true });
  }
  const binds = (one: Draft | undefined): boolean =>
    one?.snapshots?.mode === 'required' &&
    observation.repository?.canFence === true &&
    one.snapshots.repositoryId === observation.repository.repositoryId;
  return new Map(
    [...drafts].map(([logletId, one]): [LogletId, Loglet] => {
      const { rules, chainVersion, snapshots: _, ...rest } = one;
      const bound = binds(one.predecessor === undefined ? one : drafts.get(one.predecessor));
      const more = chainVersion === undefined ? {} : { chainVersion };
      return [logletId, { ...rest, ...more, logletId, rules, bound, bindsNext: binds(one) }];
    }),
  );
}

/**
 * Something that the repository should list and does not: it lost or never got what was required of it, so its silence
 * proves nothing. What waits for its snapshot takes no entry, and neither it nor what binds its successor is ended before.
 */
export function brokenPromise(loglets: ReadonlyMap<LogletId, Loglet>): boolean {
  return [...loglets.values()].some((one) => {
    const before = one.predecessor && loglets.get(one.predecessor);
    const wasActive = one.closedInFavour || one.copies.some((copy) => copy.activated);
    return (one.bound && !one.listed && wasActive) || (before !== undefined && mustBeListed(before));
  });
}

/** No successor is made of it before a snapshot lists it. */
export function mustBeListed({ bound, bindsNext, listed }: Loglet): boolean {
  return (bound || bindsNext) && !listed;
}

function statesOf(observation: Observation, logId: LogId) {
  return observation.servers.flatMap(({ serverId, answer }) =>
    answer.kind !== 'answered'
      ? []
      : answer.loglets
          .filter((state: LogletState) => state.descriptor.logId === logId)
          .map((state) => ({ serverId, storeId: answer.status.storeId, state })),
  );
}
