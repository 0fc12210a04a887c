import type { LogArchive } from '../../archive/LogArchive.ts';
import { entryBytes } from '../../codec/dataObject.ts';
import { coverageOf, type DataObject, type Span } from '../../core/archive.ts';
import type { Segment } from '../../core/chain.ts';
import type { Entry } from '../../core/entry.ts';
import type { LogId } from '../../core/ids.ts';
import type { Loglet } from '../../virtuallog/loglets/loglet.ts';
import type { Lanes } from './lanes.ts';
import { readSpan, type Unread } from './readSpan.ts';

export interface SegmentWork {
  readonly archive: LogArchive;
  readonly logId: LogId;
  readonly loglet: Loglet;
  /** What is determined of it, and not trimmed. */
  readonly wanted: Span;
  /** Its end cannot move any more, so that a manifest may say that it is whole. */
  readonly final: boolean;
  /** Uploads of all segments share them. */
  readonly uploads: Lanes;
  readonly progress: (object: DataObject) => void;
}

export interface SegmentDone {
  readonly logletId: Segment['logletId'];
  readonly index: number;
  readonly wanted: Span;
  readonly gaps: readonly Span[];
  readonly unread: readonly Unread[];
  readonly added: readonly DataObject[];
  /** A manifest says that it is whole. */
  readonly whole: boolean;
}

/**
 * Brings into the repository what of a segment is not there: first objects, each durable by itself, then the manifest.
 * Killed anywhere, the next run finds the objects by their names and goes on; what is there is not sent again.
 */
export async function backupSegment(work: SegmentWork): Promise<SegmentDone> {
  const { archive, logId, wanted, loglet } = work;
  const { segment } = loglet;
  const there = mergeable(archive, await archive.objects(logId, segment.logletId), wanted);
  const added: DataObject[] = [];
  const unread: Unread[] = [];
  for (const gap of coverageOf(there, wanted).gaps) {
    const left = await fill(work, gap, added);
    if (left !== undefined) unread.push(left);
  }
  const { used, gaps } = coverageOf([...there, ...added], wanted);
  const end = segment.end;
  const whole = work.final && gaps.length === 0 && end !== undefined;
  if (whole) {
    const held = { spans: [wanted], objects: used };
    await archive.putManifest(logId, { ...segment, end }, held);
  }
  const { logletId, index } = segment;
  return { logletId, index, wanted, gaps, unread, added, whole };
}

/** So many small objects in a row at the end are written again as one: what a backup that follows leaves. */
const SMALL_ONES = 32;

/** What is there, less what is better written again. The small ones stay until a prune: a manifest may name them. */
function mergeable(archive: LogArchive, there: readonly DataObject[], wanted: Span): readonly DataObject[] {
  const { used, gaps } = coverageOf(there, wanted);
  const lastLarge = used.findLastIndex(({ sizeBytes }) => sizeBytes >= archive.objectBytes);
  const small = used.slice(lastLarge + 1);
  const first = small[0];
  if (
    small.length < SMALL_ONES ||
    first === undefined ||
    gaps.some(({ to }) => to > first.from && to < wanted.to)
  )
    return there;
  return there.filter(({ from, to }) => from < first.from || to > (small.at(-1)?.to ?? 0n));
}

/** Cuts a gap into objects, and resolves when all of them are durable. */
async function fill(work: SegmentWork, gap: Span, added: DataObject[]): Promise<Unread | undefined> {
  const pending: Promise<void>[] = [];
  const send = async (entries: readonly Entry[]) => {
    const { archive, logId, loglet, uploads, progress } = work;
    await uploads.begin(() => {
      const sent = archive.putObject(logId, loglet.segment.logletId, entries).then((object) => {
        added.push(object);
        progress(object);
      });
      // Thrown below, when all of them have ended; until then it must not count as unhandled.
      sent.catch(() => {});
      pending.push(sent);
      return sent;
    });
  };
  const reading = readSpan(work.loglet, gap);
  let entries: Entry[] = [];
  let bytes = 0;
  for (;;) {
    const read = await reading.next();
    if (read.done === true) {
      if (entries.length > 0) await send(entries);
      await Promise.all(pending);
      return read.value;
    }
    for (const entry of read.value) {
      entries.push(entry);
      bytes += entryBytes(entry);
      if (bytes < work.archive.objectBytes) continue;
      await send(entries);
      entries = [];
      bytes = 0;
    }
  }
}
