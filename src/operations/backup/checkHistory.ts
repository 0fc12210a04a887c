import type { HistoryProblem } from '../../codec/results/backup.ts';
import type { LogDocument, SnapshotDocument } from '../../codec/snapshot.ts';
import { canonicalJson } from '../../core/canonical.ts';
import type { Chain, Segment } from '../../core/chain.ts';
import { type Generation, sameGeneration } from '../../core/generation.ts';

type Kind = HistoryProblem['kind'];

/**
 * Checks the documents of one log against each other, oldest first: each snapshot links to the one before, versions
 * of a generation have no hole, nothing stands behind a fence, no later chain rewrites what an earlier one had
 * ended. Documents are seen one at a time; only the last is held. Pruned ones may be missing at the old end only.
 */
export class HistoryCheck {
  readonly problems: HistoryProblem[] = [];
  snapshots = 0;
  gaps = 0;
  newest: SnapshotDocument | undefined;
  /** Whether the document just before the newest was damaged: then the link to it cannot be checked. */
  #isBlind = false;
  #generation: Generation | undefined;
  #opening: number | undefined;
  /** The version of the last document in this generation. */
  #last: number | undefined;
  #isFenced = false;

  damaged(id: string, at: { generation: Generation; version: number }, problem: string): void {
    this.#enter(at.generation);
    this.#say('damaged', id, problem);
    this.#isBlind = true;
    this.#last = at.version;
  }

  sound(id: string, document: LogDocument): void {
    this.#enter(document.generation);
    if (document.kind === 'opening') {
      this.#opening = document.generationStart;
      return;
    }
    if (document.version > 0) this.#checkPlace(id, document);
    this.#last = document.version;
    if (document.kind === 'fence') this.#isFenced = true;
    if (document.kind === 'gap') this.gaps += 1;
    if (document.kind === 'snapshot') this.#addSnapshot(id, document);
  }

  #enter(generation: Generation): void {
    if (this.#generation !== undefined && sameGeneration(this.#generation, generation)) return;
    this.#generation = generation;
    this.#opening = undefined;
    this.#last = undefined;
    this.#isFenced = false;
  }

  #checkPlace(id: string, document: LogDocument): void {
    const { version } = document;
    if (this.#isFenced) this.#say('pastFence', id, 'A recovery had closed this generation before it.');
    if (this.#opening === undefined && this.#last === undefined)
      this.#say('openingMissing', id, 'Nothing says at which version its generation begins.');
    const isFirst = this.#last === undefined;
    const isOldest = isFirst && this.newest === undefined;
    const expected = isFirst ? (this.#opening ?? version) : (this.#last ?? 0) + 1;
    if (version !== expected && !isOldest)
      this.#say('hole', id, `Version ${expected} should be before it, and is not there.`);
  }

  #addSnapshot(id: string, document: SnapshotDocument): void {
    this.snapshots += 1;
    const before = this.newest;
    const { previous } = document;
    if (!this.#isBlind && before !== undefined && previous?.digest !== before.digest)
      this.#say('linkBroken', id, 'It does not follow the snapshot that stands before it.');
    if (before !== undefined && sameGeneration(before.generation, document.generation))
      for (const index of rewrittenSegments(before.chain, document.chain))
        this.#say('rewritten', id, `Segment ${index} is another one than in the version before.`);
    this.newest = document;
    this.#isBlind = false;
  }

  #say(kind: Kind, id: string, message: string): void {
    this.problems.push({ kind, id, message });
  }
}

/**
 * Within a generation a segment never changes, but that the last one gets its end, and the loss accepted with it, and that
 * an ended one becomes an archive.
 */
export function rewrittenSegments(before: Chain, after: Chain): number[] {
  const later = new Map(after.segments.map((segment) => [segment.index, segment]));
  const first = after.segments[0]?.index ?? 0;
  return before.segments
    .filter((segment) => {
      const now = later.get(segment.index);
      // Trimmed away; one that was the last then got its end in a version between them.
      if (now === undefined)
        return segment.index >= first || (segment.end ?? segment.start) > after.trimPoint;
      if (now.archive !== undefined) return !same(native(now), { ...native(segment), end: now.end });
      return segment.end === undefined ? !same(open(now), open(segment)) : !same(now, segment);
    })
    .map(({ index }) => index);
}

/** What it was before a restore. */
function native({ kind: _, archive: __, loss: ___, ...rest }: Segment): Partial<Segment> {
  return rest;
}

function open({ end: _, loss: __, ...rest }: Segment): unknown {
  return rest;
}

function same(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
