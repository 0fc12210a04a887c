import type { FenceDocument } from '../codec/snapshot.ts';
import { DrError } from '../core/errors.ts';
import {
  compareGenerations,
  describeGeneration,
  type Generation,
  greatestGeneration,
  sameGeneration,
} from '../core/generation.ts';
import type { LogId } from '../core/ids.ts';
import { fenceDocument, putDocument, type SnapshotWriter } from './documents.ts';
import type { SnapshotRef } from './keys.ts';
import { documentRefs, findDocument, newestSnapshot, type SnapshotItem } from './read.ts';
import { badSnapshot, describeRef } from './refusals.ts';

/** How many versions a living writer may put in our way before we say that it goes on. */
const CHASES = 1_000;

export interface LogFence {
  readonly logId: LogId;
  /** One for every earlier generation. */
  readonly fences: readonly { readonly ref: SnapshotRef; readonly recovery: Generation }[];
  /** Read again behind the fences: nothing newer of those generations will ever be there. */
  readonly newest: SnapshotItem | undefined;
}

/**
 * Occupies, in each of these generations and in every one that the log has in the repository, the place that its next
 * snapshot would take (protocol §5.3). Idempotent: a fence that is there already serves, whoever put it there. Throws
 * `E_STALE_GENERATION` when a later recovery has been here.
 */
export async function fenceLog(
  writer: SnapshotWriter,
  logId: LogId,
  { recovery, generations }: { recovery: Generation; generations: readonly Generation[] },
): Promise<LogFence> {
  const refs = await documentRefs(writer, logId);
  const known = [...generations, ...refs.map((ref) => ref.generation)].filter(
    (generation) => !sameGeneration(generation, recovery),
  );
  mustBeLatest(writer, recovery, known);
  const fences: { ref: SnapshotRef; recovery: Generation }[] = [];
  for (const generation of distinct(known)) {
    const own = refs.filter((ref) => sameGeneration(ref.generation, generation));
    const fence = await fenceGeneration(writer, own.at(-1) ?? { logId, generation, version: 0 }, recovery);
    mustBeLatest(writer, recovery, [fence.recovery]);
    fences.push(fence);
  }
  return { logId, fences, newest: await newestSnapshot(writer, logId) };
}

async function fenceGeneration(
  writer: SnapshotWriter,
  last: SnapshotRef,
  recovery: Generation,
): Promise<{ ref: SnapshotRef; recovery: Generation }> {
  let ref = last;
  for (let chases = 0; chases < CHASES; chases += 1) {
    const there = await occupy(writer, ref, recovery);
    if (there.fence !== undefined) return { ref, recovery: there.fence.recovery };
    ref = { ...ref, version: there.next };
  }
  throw new DrError('E_REPOSITORY_UNSAFE', {
    message: `${describeRef(ref)} could not be closed in ${writer.repository.url}: somebody kept writing there. What was closed stays closed.`,
  });
}

/** Puts the fence at this place, or says which place comes next. */
async function occupy(
  writer: SnapshotWriter,
  ref: SnapshotRef,
  recovery: Generation,
): Promise<{ fence: FenceDocument } | { fence: undefined; next: number }> {
  const found = await findDocument(writer, ref);
  const fence = fenceDocument(writer, ref, recovery);
  const there = found === undefined ? await putDocument(writer, fence) : documentOf(writer, found);
  if (there === undefined) return { fence };
  switch (there.kind) {
    case 'fence':
      return { fence: there };
    case 'opening':
      return { fence: undefined, next: there.generationStart };
    default:
      return { fence: undefined, next: ref.version + 1 };
  }
}

function documentOf(writer: SnapshotWriter, found: NonNullable<Awaited<ReturnType<typeof findDocument>>>) {
  if ('problem' in found) throw badSnapshot(writer, found.ref, found.problem);
  return found.document;
}

function mustBeLatest(writer: SnapshotWriter, recovery: Generation, known: readonly Generation[]): void {
  const greatest = greatestGeneration(known);
  if (greatest === undefined || compareGenerations(greatest, recovery) <= 0) return;
  throw new DrError('E_STALE_GENERATION', {
    message: `${writer.repository.url} knows generation ${describeGeneration(greatest)}, which is later than this recovery's, ${describeGeneration(recovery)}.`,
    context: { held: greatest, ours: recovery },
  });
}

function distinct(generations: readonly Generation[]): Generation[] {
  const byText = new Map(generations.map((generation) => [describeGeneration(generation), generation]));
  return [...byText.values()].sort(compareGenerations);
}
