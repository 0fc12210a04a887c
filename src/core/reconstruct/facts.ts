import type { ArchivePlace } from '../archive.ts';
import type { Chain, Segment } from '../chain.ts';
import { lastSegment } from '../chain.ts';
import type { Descriptor, LineageEntry } from '../descriptor.ts';
import type { Durability, NodesetMember } from '../durability.ts';
import type { ChainEvidence, Copy, RejectedEvidence } from '../evidence.ts';
import { compareGenerations, type Generation } from '../generation.ts';
import type { LogletId, Position } from '../ids.ts';
import type { CloseRecord } from '../logletState.ts';

/** Why we believe that a loglet was installed in the register at some time (protocol §5.2). */
export type InstallEvidence =
  | { readonly kind: 'activated'; readonly by: string }
  | { readonly kind: 'entries'; readonly by: string }
  | { readonly kind: 'closed'; readonly by: string }
  | { readonly kind: 'named by a close record'; readonly by: string }
  | { readonly kind: 'listed'; readonly by: string }
  | { readonly kind: 'extended by'; readonly by: string };

/** Everything known about one loglet, from all sources. */
export interface LogletFacts {
  readonly logletId: LogletId;
  readonly index: number;
  readonly start: Position;
  readonly nodeset: readonly NodesetMember[];
  /** Absent when only a close record names it. */
  readonly durability?: Durability;
  readonly predecessor?: LogletId;
  readonly descriptor?: Descriptor;
  /** As some chain lists it. */
  readonly segment?: Segment;
  /** Where a restore put its entries, by the latest chain that says so. */
  readonly archive?: ArchivePlace;
  readonly copies: readonly Copy[];
  readonly close?: CloseRecord;
  readonly installed: readonly InstallEvidence[];
  /** The greatest generation whose chain is known to contain it; its own when nothing contains it. */
  readonly generation?: Generation;
  /** The smallest such: its own generation is not later. */
  readonly leastGeneration?: Generation;
  /** The chain version that installed it, or was to. */
  readonly chainVersion?: number;
  /** The latest register value known to have ended with it. */
  readonly lastIn?: RegisterMoment;
}

/** A value that the register held, told by its place in the order of all. */
export interface RegisterMoment {
  readonly generation: Generation;
  readonly version: number;
}

export function compareMoments(a: RegisterMoment, b: RegisterMoment): number {
  return compareGenerations(a.generation, b.generation) || a.version - b.version;
}

/** Two sources that say different things about one loglet. */
export interface Disagreement {
  readonly logletId: LogletId;
  readonly message: string;
}

export interface MergedFacts {
  readonly loglets: ReadonlyMap<LogletId, LogletFacts>;
  readonly disagreements: readonly Disagreement[];
  readonly rejected: readonly RejectedEvidence[];
  /** Loglets whose copies could not be told right from wrong: they exist, and nothing is known of them. */
  readonly undecidable: readonly LogletId[];
}

type Draft = { -readonly [K in keyof LogletFacts]: LogletFacts[K] } & {
  installed: InstallEvidence[];
  copies: Copy[];
  archivedIn?: RegisterMoment;
};

/** Merges the copies and the chains of one log. Order of the input does not matter. */
export function mergeFacts(copies: readonly Copy[], chains: readonly ChainEvidence[]): MergedFacts {
  const drafts = new Map<LogletId, Draft>();
  const disagreements: Disagreement[] = [];
  const sound = soundCopies(copies, chains);
  const draft = (said: Pick<Draft, 'logletId' | 'index' | 'start' | 'nodeset'>, by: string): Draft => {
    const known = drafts.get(said.logletId);
    if (known === undefined) {
      const fresh: Draft = { ...said, copies: [], installed: [] };
      drafts.set(said.logletId, fresh);
      return fresh;
    }
    if (known.index !== said.index || known.start !== said.start) {
      disagreements.push({
        logletId: said.logletId,
        message: `${by} says that ${said.logletId} is segment ${said.index} from ${said.start}; others say segment ${known.index} from ${known.start}.`,
      });
    }
    return known;
  };
  for (const copy of sound.copies) addCopy(draft, copy);
  for (const copy of sound.copies) addLineage(draft, copy.state.descriptor);
  for (const copy of sound.copies) addClose(draft, copy);
  for (const evidence of chains) addChain(draft, evidence);
  return { loglets: drafts, disagreements, rejected: sound.rejected, undecidable: sound.undecidable };
}

type DraftOf = (said: Pick<Draft, 'logletId' | 'index' | 'start' | 'nodeset'>, by: string) => Draft;

function addCopy(draft: DraftOf, copy: Copy): void {
  const { state } = copy;
  const { descriptor } = state;
  const facts = draft(descriptor, copy.serverId);
  facts.descriptor = descriptor;
  facts.durability = descriptor.durability;
  facts.nodeset = descriptor.nodeset;
  facts.copies.push(copy);
  facts.chainVersion = descriptor.chainVersion;
  raise(facts, descriptor.generation);
  const predecessor = descriptor.lineage[0]?.logletId;
  if (predecessor !== undefined) facts.predecessor = predecessor;
  if (state.activatedAt !== undefined) facts.installed.push({ kind: 'activated', by: copy.serverId });
  if (state.localTail > descriptor.start) facts.installed.push({ kind: 'entries', by: copy.serverId });
  if (state.close !== undefined) {
    facts.close = state.close;
    facts.installed.push({ kind: 'closed', by: copy.serverId });
  }
}

/**
 * Whoever provisioned a descriptor had read, from the register, a chain with all of its lineage: marked or not, it
 * proves that those were installed. Without this an installed, never activated middle segment was dropped together
 * with its acknowledged successors.
 */
function addLineage(draft: DraftOf, descriptor: Descriptor): void {
  descriptor.lineage.forEach((entry: LineageEntry, place) => {
    const facts = draft(entry, `the lineage of ${descriptor.logletId}`);
    facts.durability ??= entry.durability;
    const before = descriptor.lineage[place + 1];
    if (before !== undefined) facts.predecessor ??= before.logletId;
    raise(facts, descriptor.generation);
    const { generation, chainVersion } = descriptor;
    if (place === 0) wasLast(facts, { generation, version: chainVersion - 1 });
    addOnce(facts.installed, { kind: 'extended by', by: descriptor.logletId });
  });
}

function addClose(draft: DraftOf, copy: Copy): void {
  const { close, descriptor } = copy.state;
  if (close === undefined) return;
  const { successor } = close;
  const facts = draft(
    { ...successor, index: descriptor.index + 1, start: close.end },
    `the close record on ${copy.serverId}`,
  );
  facts.predecessor ??= descriptor.logletId;
  facts.chainVersion ??= successor.chainVersion;
  addOnce(facts.installed, { kind: 'named by a close record', by: copy.serverId });
}

function addChain(draft: DraftOf, evidence: ChainEvidence): void {
  const { chain, name } = evidence;
  chain.segments.forEach((segment, place) => {
    const facts = draft(segment, name);
    facts.durability ??= segment.durability;
    if (facts.segment === undefined || segment.end !== undefined) facts.segment = segment;
    if (segment.archive !== undefined) noteArchive(facts, segment.archive, chain);
    const before = chain.segments[place - 1];
    if (before !== undefined) facts.predecessor ??= before.logletId;
    raise(facts, chain.generation);
    if (place === chain.segments.length - 1) wasLast(facts, chain);
    // One line for each source, not one for each of its versions.
    addOnce(facts.installed, { kind: 'listed', by: evidence.source });
  });
}

function noteArchive(facts: Draft, archive: ArchivePlace, { generation, version }: RegisterMoment): void {
  const moment = { generation, version };
  if (facts.archivedIn !== undefined && compareMoments(moment, facts.archivedIn) <= 0) return;
  facts.archive = archive;
  facts.archivedIn = moment;
}

function raise(facts: Draft, generation: Generation): void {
  if (facts.generation === undefined || compareGenerations(generation, facts.generation) > 0)
    facts.generation = generation;
  if (facts.leastGeneration === undefined || compareGenerations(generation, facts.leastGeneration) < 0)
    facts.leastGeneration = generation;
}

function wasLast(facts: Draft, { generation, version }: RegisterMoment): void {
  const moment = { generation, version };
  if (facts.lastIn === undefined || compareMoments(moment, facts.lastIn) > 0) facts.lastIn = moment;
}

function addOnce(list: InstallEvidence[], one: InstallEvidence): void {
  if (!list.some((held) => held.kind === one.kind && held.by === one.by)) list.push(one);
}

/**
 * Copies of one loglet must carry the same descriptor. Where they differ, the one that a chain or another descriptor's
 * lineage confirms is used and the others are reported; where nothing confirms one, none is used.
 */
function soundCopies(copies: readonly Copy[], chains: readonly ChainEvidence[]) {
  const byLoglet = groupBy(copies);
  const kept: Copy[] = [];
  const rejected: RejectedEvidence[] = [];
  const undecidable: LogletId[] = [];
  for (const [id, group] of byLoglet) {
    const digests = new Set(group.map((copy) => copy.state.descriptorDigest));
    if (digests.size === 1) {
      kept.push(...group);
      continue;
    }
    const confirmed = [...digests].filter((digest) => {
      const descriptor = group.find((copy) => copy.state.descriptorDigest === digest)?.state.descriptor;
      return descriptor !== undefined && isConfirmed(descriptor, copies, chains);
    });
    const right = confirmed.length === 1 ? confirmed[0] : undefined;
    if (right === undefined) undecidable.push(id);
    for (const copy of group) {
      if (copy.state.descriptorDigest === right) kept.push(copy);
      else
        rejected.push({
          source: 'descriptor',
          name: `${id} on ${copy.serverId}`,
          problem: 'Its descriptor differs from the one on other servers.',
        });
    }
  }
  return { copies: kept, rejected, undecidable };
}

function groupBy(copies: readonly Copy[]): Map<LogletId, Copy[]> {
  const groups = new Map<LogletId, Copy[]>();
  for (const copy of copies) {
    const id = copy.state.descriptor.logletId;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [copy]);
    else group.push(copy);
  }
  return groups;
}

function isConfirmed(
  descriptor: Descriptor,
  copies: readonly Copy[],
  chains: readonly ChainEvidence[],
): boolean {
  const agrees = (said: { index: number; start: Position; nodeset: readonly NodesetMember[] }): boolean =>
    said.index === descriptor.index &&
    said.start === descriptor.start &&
    said.nodeset.length === descriptor.nodeset.length &&
    said.nodeset.every((member, place) => member.storeId === descriptor.nodeset[place]?.storeId);
  const inChains = chains.some((evidence) =>
    evidence.chain.segments.some((segment) => segment.logletId === descriptor.logletId && agrees(segment)),
  );
  return (
    inChains ||
    copies.some((copy) =>
      copy.state.descriptor.lineage.some((entry) => entry.logletId === descriptor.logletId && agrees(entry)),
    )
  );
}

/** The rules that bind a loglet's successor, from its descriptor or from a chain that ends with it. */
export function successorTerms(facts: LogletFacts, chains: readonly ChainEvidence[]) {
  if (facts.descriptor !== undefined) {
    const { nextRules, snapshots } = facts.descriptor;
    return { nextRules, snapshots };
  }
  const ending: Chain | undefined = chains
    .map((evidence) => evidence.chain)
    .find((chain) => lastSegment(chain).logletId === facts.logletId);
  return ending && { nextRules: ending.nextRules, snapshots: ending.snapshots };
}
