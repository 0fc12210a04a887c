import { objectKey } from '../../archive/keys.ts';
import type { LogArchive } from '../../archive/LogArchive.ts';
import { coverageOf, type DataObject, type Span, within, without } from '../../core/archive.ts';
import { digestOf } from '../../core/canonical.ts';
import type { Chain } from '../../core/chain.ts';
import { isPortError } from '../../core/errors.ts';
import { factsOf, type LogSituation } from '../../core/findings/situation.ts';
import type { LogId, LogletId } from '../../core/ids.ts';
import { liveMembers } from '../../core/reconstruct/candidates.ts';
import { uncovered } from '../../core/reconstruct/segments.ts';
import { Lanes } from '../backupData/lanes.ts';
import type { Cluster } from '../cluster.ts';
import { lookAtReconfigure } from '../reconfigure/look.ts';
import type { RestoreSituation, SegmentInNeed } from './plan.ts';

/** Reads only: the servers' copies by what they say, the repository's by every byte, because a verdict rests on it. */
export async function lookAtRestore(
  deps: { readonly archive: LogArchive; readonly cluster: Cluster; readonly repositoryId: string },
  log: LogSituation & { readonly register: Chain },
): Promise<RestoreSituation> {
  const { archive, cluster, repositoryId } = deps;
  const { reporter } = cluster;
  const { register: chain, logId } = log;
  const segments: SegmentInNeed[] = [];
  for (const need of needsOf(log)) {
    const stage = reporter.stage(`reading segment ${need.segment.index} from the repository`);
    const held = await heldOf(archive, logId, need, (bytes) => stage.update(`${bytes} bytes`));
    stage.done(`${held.objects} objects, ${held.bytes} bytes`);
    segments.push({ ...need, ...held });
  }
  const endsLast = segments.some(({ place }) => place === 'last');
  const noPlace = endsLast ? (await lookAtReconfigure(cluster, logId, {})).problem : undefined;
  const repository = { url: archive.repository.url, repositoryId };
  return { chain, repository, segments, ...(noPlace !== undefined && { noPlace }) };
}

type Found = Pick<SegmentInNeed, 'held' | 'objects' | 'bytes' | 'objectsRead' | 'damaged'>;
type Need = Omit<SegmentInNeed, keyof Found>;

function needsOf(log: LogSituation & { readonly register: Chain }): Need[] {
  const { register, rebuilt } = log;
  return register.segments.flatMap((segment): Need[] => {
    const from = segment.start > register.trimPoint ? segment.start : register.trimPoint;
    const verdict = rebuilt.segments.find(({ logletId }) => logletId === segment.logletId);
    const silent = [...new Set(verdict?.missing.flatMap((gap) => gap.wouldReturn) ?? [])];
    if (segment.end !== undefined) {
      const missing = verdict?.missing.map((gap) => ({ from: gap.from, to: gap.to })) ?? [];
      return missing.length > 0 ? [{ segment, place: 'ended', from, missing, silent }] : [];
    }
    const last = rebuilt.end?.last;
    if (last?.state !== 'unsealable') return [];
    const reached = last.tailAcceptingLoss;
    const facts = factsOf(log, segment.logletId);
    const copies = facts === undefined ? [] : liveMembers(facts);
    const answering = new Set(copies.map(({ serverId }) => serverId));
    const missing = reached > from ? uncovered({ from, to: reached }, copies) : [];
    const absent = segment.nodeset.map(({ serverId }) => serverId).filter((id) => !answering.has(id));
    return [{ segment, place: 'last', from, missing, silent: absent, reached }];
  });
}

/** Objects in flight while they are checked. */
const READS = 4;
const MAX_POSITION = (1n << 63n) - 1n;

/** What sound objects hold. One that fails its digest is left out, and whatever else has those positions is used. */
async function heldOf(
  archive: LogArchive,
  logId: LogId,
  { segment, from }: Need,
  progress: (bytes: number) => void,
): Promise<Found> {
  const { logletId, end = MAX_POSITION } = segment;
  const wanted = { from, to: end };
  const checked = await soundObjects(archive, { logId, logletId, wanted }, progress);
  const { used, gaps } = coverageOf(checked.sound, wanted);
  return {
    held: within(wanted, without(wanted, gaps)),
    objectsRead: namesDigest(used),
    objects: used.length,
    bytes: used.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    damaged: checked.damaged,
  };
}

export async function soundObjects(
  archive: LogArchive,
  { logId, logletId, wanted }: { readonly logId: LogId; readonly logletId: LogletId; readonly wanted: Span },
  progress: (bytes: number) => void = () => {},
): Promise<{ sound: readonly DataObject[]; damaged: readonly string[] }> {
  let rest = await archive.objects(logId, logletId);
  const sound: DataObject[] = [];
  const damaged: string[] = [];
  let bytes = 0;
  for (;;) {
    const { used } = coverageOf(rest, wanted);
    const unchecked = used.filter((object) => !sound.includes(object));
    if (unchecked.length === 0) return { sound: used, damaged: damaged.sort() };
    const bad = new Set<DataObject>();
    const lanes = new Lanes(READS);
    for (const object of unchecked)
      await lanes.begin(async () => {
        if (await isSound(archive, { logId, logletId, object })) sound.push(object);
        else bad.add(object);
        bytes += object.sizeBytes;
        progress(bytes);
      });
    await lanes.end();
    damaged.push(...[...bad].map((object) => objectKey(archive.clusterId, logId, logletId, object)));
    rest = rest.filter((object) => !bad.has(object));
  }
}

/** Which objects these are, in their order. */
export function namesDigest(objects: readonly DataObject[]): string {
  return digestOf(objects.map(({ sha256 }) => sha256));
}

export async function isSound(
  archive: LogArchive,
  { logId, logletId, object }: { logId: LogId; logletId: LogletId; object: DataObject },
): Promise<boolean> {
  try {
    await archive.readObject(logId, logletId, object);
    return true;
  } catch (error) {
    if (isPortError(error, 'corrupt', 'notFound')) return false;
    throw error;
  }
}
