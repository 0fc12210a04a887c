import { encodeDocument, type LogDocument, type SnapshotDocument } from '../codec/snapshot.ts';
import { type Chain, chainDigest } from '../core/chain.ts';
import { DrError } from '../core/errors.ts';
import { sameGeneration } from '../core/generation.ts';
import { sameBytes } from './create.ts';
import {
  gapDocument,
  openingDocument,
  putDocument,
  type SnapshotWriter,
  snapshotDocument,
} from './documents.ts';
import { documentKey, type SnapshotRef } from './keys.ts';
import { byPlace, documentRefs, examine, type Found, findDocument, lastSnapshotOf } from './read.ts';
import { badSnapshot, contradiction, fenced, givenUp } from './refusals.ts';

/**
 * Versions of one generation are written without a hole, each by create-if-absent:
 *
 *   1. the generation is opened: an object at a fixed key says at which version it begins;
 *   2. every missing lower version, ascending; one that nobody has any more is marked as a gap;
 *   3. the version itself, and it is read back.
 *
 * So a recovery that occupies the version after the newest (or the opening) stops every slower writer: it cannot pass
 * that place, whatever version it meant to write.
 */
export interface EnsureOptions {
  /** An earlier value of the register, of the same generation, if somebody still has it. */
  readonly lower?: (version: number) => Promise<Chain | undefined>;
  /** Marks lower versions that nobody has as gaps; they are an error otherwise. */
  readonly fillGaps?: boolean;
  /** Must resolve before anything is written; asked beside the look at what is there. */
  readonly guard?: () => Promise<void>;
  /**
   * The snapshot of the version before, written by the caller a moment ago: nothing is looked for then, and the write
   * itself says what stands there. Only where create-if-absent can be relied on.
   */
  readonly after?: SnapshotDocument | undefined;
  /** Reads back what was written and checks its digests; true unless told otherwise. */
  readonly readBack?: boolean;
}

export interface Ensured {
  readonly ref: SnapshotRef;
  /** `superseded`: a higher version is there, and this one was pruned. */
  readonly outcome: 'written' | 'there' | 'superseded';
  /** Lower versions that were missing, and are there now. */
  readonly added: readonly number[];
  /** Lower versions that nobody has. */
  readonly gaps: readonly number[];
  /** What stands there now; absent when it was pruned. */
  readonly document?: SnapshotDocument;
  /** Of the document, when this call wrote it. */
  readonly sizeBytes?: number;
}

/** Idempotent. When it resolves, this chain is in the repository, or was and a later one is. */
export async function ensureSnapshot(
  writer: SnapshotWriter,
  chain: Chain,
  options: EnsureOptions = {},
): Promise<Ensured> {
  mustBeOurs(writer, chain);
  const ref = refOf(chain, chain.version);
  const { after } = options;
  if (after?.version === chain.version - 1 && sameGeneration(after.generation, chain.generation))
    return { ref, added: [], gaps: [], ...(await addSnapshot(writer, chain, { previous: after, options })) };
  const [there, before] = await Promise.all([
    findDocument(writer, ref),
    findBefore(writer, chain),
    options.guard?.(),
  ]);
  if (there !== undefined) {
    const document = mustHold(writer, chain, sound(writer, there));
    return { ref, outcome: 'there', added: [], gaps: [], document };
  }
  const base = await baseOf(writer, chain, before);
  if (base === 'superseded') return { ref, outcome: 'superseded', added: [], gaps: [] };
  const lower = await addLower(writer, chain, { ...base, options });
  const snapshot = await addSnapshot(writer, chain, { previous: lower.previous, options });
  return { ref, added: lower.added, gaps: lower.gaps, ...snapshot };
}

interface Base {
  /** The lowest missing version. */
  readonly next: number;
  /** The snapshot that it follows. */
  readonly previous: SnapshotDocument | undefined;
}

/** The version before, in the same generation: there nearly always. */
async function findBefore(writer: SnapshotWriter, chain: Chain): Promise<Found | undefined> {
  if (chain.version === chain.generationStart) return undefined;
  return await findDocument(writer, refOf(chain, chain.version - 1));
}

async function baseOf(
  writer: SnapshotWriter,
  chain: Chain,
  before: Found | undefined,
): Promise<'superseded' | Base> {
  const document = before && sound(writer, before);
  if (document?.kind === 'snapshot') return { next: chain.version, previous: document };
  const all = await documentRefs(writer, chain.logId);
  const own = all.filter((ref) => sameGeneration(ref.generation, chain.generation) && ref.version > 0);
  const newest = own.at(-1);
  if (newest !== undefined && newest.version >= chain.version) return 'superseded';
  const next = newest === undefined ? chain.generationStart : newest.version + 1;
  if (newest === undefined) await openGeneration(writer, chain);
  else await mustPass(writer, newest);
  const earlier = all.filter((ref) => byPlace(ref, refOf(chain, next)) < 0);
  return { next, previous: await lastSnapshotOf(writer, earlier) };
}

async function mustPass(writer: SnapshotWriter, ref: SnapshotRef): Promise<void> {
  const found = await findDocument(writer, ref);
  const document = found && sound(writer, found);
  if (document?.kind === 'fence') throw fenced(writer, ref, document.recovery);
}

async function openGeneration(writer: SnapshotWriter, chain: Chain): Promise<void> {
  const ref = refOf(chain, 0);
  const opening = openingDocument(writer, chain);
  const there = await putDocument(writer, opening);
  if (there === undefined) return;
  if (there.kind === 'fence') throw fenced(writer, ref, there.recovery);
  if (there.kind === 'opening' && there.generationStart === chain.generationStart) return;
  throw contradiction(writer, ref, { ours: opening.digest, theirs: there.digest });
}

async function addLower(
  writer: SnapshotWriter,
  chain: Chain,
  { next, previous, options }: Base & { options: EnsureOptions },
) {
  const added: number[] = [];
  const gaps: number[] = [];
  let last = previous;
  for (let version = next; version < chain.version; version += 1) {
    const lower = await lowerChain(chain, version, options);
    if (lower === undefined) last = (await addGap(writer, refOf(chain, version))) ?? last;
    else last = (await addSnapshot(writer, lower, { previous: last, options })).document;
    (lower === undefined ? gaps : added).push(version);
  }
  return { previous: last, added, gaps };
}

async function lowerChain(chain: Chain, version: number, options: EnsureOptions): Promise<Chain | undefined> {
  const lower = await options.lower?.(version);
  const fits =
    lower?.logId === chain.logId &&
    lower.version === version &&
    sameGeneration(lower.generation, chain.generation);
  if (fits) return lower;
  if (options.fillGaps === true) return undefined;
  throw new DrError('E_SNAPSHOT_GAP', {
    message: `Version ${chain.version} of log ${chain.logId} was not written to the repository, because version ${version} is not there and nobody gave it. The chain itself is unharmed.`,
    context: { logId: chain.logId, missing: version },
  });
}

/** Answers with the snapshot, when the version came in after all. */
async function addGap(writer: SnapshotWriter, ref: SnapshotRef): Promise<SnapshotDocument | undefined> {
  const there = await putDocument(writer, gapDocument(writer, ref));
  if (there?.kind === 'fence') throw fenced(writer, ref, there.recovery);
  return there?.kind === 'snapshot' ? there : undefined;
}

async function addSnapshot(
  writer: SnapshotWriter,
  chain: Chain,
  { previous, options }: { previous: SnapshotDocument | undefined; options: EnsureOptions },
): Promise<Pick<Ensured, 'outcome' | 'sizeBytes'> & { readonly document: SnapshotDocument }> {
  const ref = refOf(chain, chain.version);
  const document = snapshotDocument(writer, chain, previous);
  const bytes = encodeDocument(document);
  const there = await putDocument(writer, document, bytes);
  if (there !== undefined) return { outcome: 'there', document: mustHold(writer, chain, there) };
  const written = { outcome: 'written', document, sizeBytes: bytes.length } as const;
  if (options.readBack === false) return written;
  const back = await writer.repository.get(documentKey(writer.clusterId, ref));
  if (back === undefined) throw badSnapshot(writer, ref, 'It was written, and is not there when it is read.');
  // The very bytes that were sent decode to what is in hand.
  if (sameBytes(back, bytes)) return written;
  return { ...written, document: mustHold(writer, chain, sound(writer, examine(writer, ref, back))) };
}

/** What stands at a chain's place must be that very chain. */
function mustHold(writer: SnapshotWriter, chain: Chain, there: LogDocument): SnapshotDocument {
  const ref = refOf(chain, chain.version);
  if (there.kind === 'fence') throw fenced(writer, ref, there.recovery);
  if (there.kind === 'gap') throw givenUp(ref, there.writtenBy);
  const ours = chainDigest(chain);
  if (there.kind === 'snapshot' && there.chainDigest === ours) return there;
  throw contradiction(writer, ref, {
    ours,
    theirs: there.kind === 'snapshot' ? there.chainDigest : there.digest,
  });
}

function sound(writer: SnapshotWriter, found: Found): LogDocument {
  if ('problem' in found) throw badSnapshot(writer, found.ref, found.problem);
  return found.document;
}

function mustBeOurs(writer: SnapshotWriter, chain: Chain): void {
  if (chain.clusterId === writer.clusterId) return;
  throw new DrError('E_WRONG_CLUSTER', {
    message: `The chain of log ${chain.logId} belongs to cluster ${chain.clusterId}, not to ${writer.clusterId}. Nothing was written.`,
  });
}

function refOf(chain: Chain, version: number): SnapshotRef {
  return { logId: chain.logId, generation: chain.generation, version };
}
