import type { Interval } from '../evidence.ts';
import type { RegisterValue } from '../registerSet.ts';
import type { PartitionLook, ScatteredCopy, SequencerLook } from './evidence.ts';
import type { IdentityEvidence } from './identity.ts';
import type { NodeLook } from './nodeTable.ts';
import { type FoundRegister, type FoundSet, type VersionsSeen, versionAbove } from './sets.ts';
import type {
  Chains,
  ClusterNode,
  NodesConfiguration,
  PartitionEpoch,
  PartitionTable,
  Replication,
} from './values.ts';

/** Everything that was found of a cluster. Values only. */
export interface SetEvidence extends IdentityEvidence {
  readonly looks: readonly NodeLook[];
  /** What each log-server that answered stored, by its address. */
  readonly stored: ReadonlyMap<string, readonly StoredLoglet[]>;
  readonly partitions?: readonly PartitionLook[];
  readonly sequencers?: readonly SequencerLook[];
  /** The operator's word. */
  readonly stated: { readonly replication?: Replication };
}

export interface StoredLoglet extends ScatteredCopy {
  readonly records?: readonly Interval[];
}

/** What a register shall hold. `copy`: byte for byte. The others are made, on top of `base` where there is one. */
export type Content =
  | { readonly kind: 'copy'; readonly value: RegisterValue }
  | { readonly kind: 'nodes'; readonly base?: RegisterValue; readonly nodes: NodesConfiguration }
  | {
      readonly kind: 'chains';
      readonly base?: RegisterValue;
      readonly chains: Chains;
      readonly made: ReadonlySet<number>;
    }
  | { readonly kind: 'table'; readonly base?: RegisterValue; readonly table: PartitionTable }
  | { readonly kind: 'epoch'; readonly epoch: PartitionEpoch };

export interface RebuiltRegister {
  readonly key: string;
  readonly version: number;
  readonly content: Content;
  /** Where it comes from, for people. */
  readonly from: string;
}

/** A register as it was found, byte for byte. */
export function asCopy(key: string, { set, value }: FoundRegister): RebuiltRegister {
  return { key, version: value.version, content: { kind: 'copy', value }, from: set.name };
}

/** A register that is made: above every version that was seen of it. */
export function asMade(
  evidence: SetEvidence,
  { key, content, from }: { key: string; content: Content; from: string },
): RebuiltRegister {
  return { key, version: versionAbove(versionsSeen(evidence, key)), content, from };
}

export function versionsSeen({ sets, looks }: SetEvidence, key: string): VersionsSeen {
  const of = (sources: readonly FoundSet[]) =>
    sources.map(({ registers }) => registers.get(key)?.version ?? 0);
  const cached = looks.map(({ ident }) => ident?.versions.get(key) ?? 0);
  return {
    live: Math.max(0, ...cached, ...of(sets.filter(({ source }) => source !== 'backup'))),
    any: Math.max(0, ...of(sets)),
  };
}

/** Held by a live node or the store at exactly this version: what is written back is what they have. */
export function isLive(evidence: SetEvidence, key: string, { value }: FoundRegister): boolean {
  return versionsSeen(evidence, key).live === value.version;
}

/** A node by the id that it says itself, or that its directory says; by its address only where neither does. */
export function nodeIdAt(
  { looks }: SetEvidence,
  nodes: readonly ClusterNode[],
  address: string,
): number | undefined {
  const look = looks.find((one) => sameAddress(one.address, address));
  const said = look?.ident?.node?.id ?? look?.marker?.nodeId ?? look?.givenId;
  return said ?? nodes.find((node) => sameAddress(node.address, address))?.id;
}

export function sameAddress(a: string, b: string): boolean {
  return a.replace(/\/+$/, '') === b.replace(/\/+$/, '');
}
