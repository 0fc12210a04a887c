import type { LogArchive } from '../../archive/LogArchive.ts';
import { coverageOf } from '../../core/archive.ts';
import type { Chain } from '../../core/chain.ts';
import { isPortError } from '../../core/errors.ts';
import type { Situation } from '../../core/findings/situation.ts';
import type { LogId, Position } from '../../core/ids.ts';
import type { Cluster } from '../cluster.ts';

/** How far the entries of a log are in the repository, as the names there tell. */
export interface DataStanding {
  /** Held without a hole from the trim point up to here. */
  readonly upTo: Position;
  /** Segments of which a manifest says that they are whole. */
  readonly whole: number;
}

const MAX_POSITION = (1n << 63n) - 1n;

/** Of the logs that the repository has entries of. Nothing is read but names, of manifests and of one loglet's objects. */
export async function dataOf(cluster: Cluster, { logs }: Situation): Promise<Map<LogId, DataStanding>> {
  const { archive } = cluster;
  if (archive === undefined) return new Map();
  const found = await Promise.all(
    logs.map(async ({ logId, register }) => {
      const standing = register && (await standingOrNothing(archive, register));
      return standing === undefined ? [] : [[logId, standing] as const];
    }),
  );
  return new Map(found.flat());
}

/** A repository that does not answer is a finding of its own. */
async function standingOrNothing(archive: LogArchive, chain: Chain): Promise<DataStanding | undefined> {
  try {
    const standing = await standingOf(archive, chain);
    return standing.whole === 0 && standing.upTo <= chain.trimPoint ? undefined : standing;
  } catch (error) {
    if (!isPortError(error)) throw error;
    return undefined;
  }
}

async function standingOf(archive: LogArchive, chain: Chain): Promise<DataStanding> {
  const { logId, trimPoint, segments } = chain;
  const refs = await archive.segments(logId);
  let upTo: Position | undefined;
  let whole = 0;
  for (const { logletId, start, end, archive: place } of segments) {
    const from = start > trimPoint ? start : trimPoint;
    const isWhole =
      refs.some((ref) => ref.logletId === logletId && ref.from <= from && ref.end === end) ||
      place?.spans.some((span) => span.from <= from && span.to === end) === true ||
      (end !== undefined && end <= from);
    if (isWhole) whole += 1;
    else upTo ??= await reached(archive, chain, { logletId, from, to: end ?? MAX_POSITION });
  }
  return { upTo: upTo ?? trimPoint, whole };
}

async function reached(
  archive: LogArchive,
  { logId }: Chain,
  { logletId, from, to }: { logletId: Chain['segments'][number]['logletId']; from: Position; to: Position },
): Promise<Position> {
  const [gap] = coverageOf(await archive.objects(logId, logletId), { from, to }).gaps;
  return gap?.from ?? to;
}
