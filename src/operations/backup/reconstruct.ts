import { type Chain, chainDigest, extendChain, type Segment } from '../../core/chain.ts';
import { type Descriptor, segmentOf } from '../../core/descriptor.ts';
import { sameGeneration } from '../../core/generation.ts';

/**
 * A version of a chain that the MetaStore forgot, from its neighbours and the descriptors of the loglets. Either way
 * the result is exact, or there is none:
 *
 *   - the loglet that this version installed names the digest of the chain that it extended: on exactly that chain the
 *     version is made as its reconfigurer made it. That it was installed, and no rival, the later chain says;
 *   - the loglet that the *next* version installed names the digest of this one: what has another digest is not it.
 */
export interface Forgotten {
  readonly version: number;
  /** The nearest known version below it; absent before the first one. */
  readonly below: Chain | undefined;
  /** A later version of the same generation. */
  readonly above: Chain;
  /** Of this log, whatever the LogServers hold. */
  readonly descriptors: readonly Descriptor[];
}

export function reconstructVersion(forgotten: Forgotten): Chain | undefined {
  return extendedBelow(forgotten) ?? witnessed(forgotten);
}

function extendedBelow({ version, below, above, descriptors }: Forgotten): Chain | undefined {
  const installed = descriptors.find((one) => isOf(one, above, version) && isIn(above, one));
  if (installed === undefined || below === undefined || !sameAs(below, above)) return undefined;
  return chainDigest(below) === installed.chainDigest
    ? extendChain(below, segmentOf(installed), installed)
    : undefined;
}

function witnessed(forgotten: Forgotten): Chain | undefined {
  const { version, above, descriptors } = forgotten;
  const witnesses = new Set(
    descriptors.filter((one) => isOf(one, above, version + 1)).map((one) => one.chainDigest),
  );
  if (witnesses.size === 0) return undefined;
  for (const candidate of candidates(forgotten)) if (witnesses.has(chainDigest(candidate))) return candidate;
  return undefined;
}

function isIn(chain: Chain, { logletId }: Descriptor): boolean {
  return chain.segments.some((segment) => segment.logletId === logletId);
}

/** All that the version can have been, given which segments were installed by then. Only one has the digest. */
function* candidates({ version, below, above, descriptors }: Forgotten): Generator<Chain> {
  const installed = descriptors.find((one) => isOf(one, above, version) && isIn(above, one));
  const lasts = lastIndexes({ version, below, above, installed, descriptors });
  const rules = installed ?? (sameAs(below, above) ? below : undefined) ?? above;
  const older = sameAs(below, above) ? below : undefined;
  for (const last of lasts)
    for (const trimPoint of distinct([older?.trimPoint, above.trimPoint, 0n]))
      for (const retired of distinct([installed?.retired, older?.retired, above.retired]))
        for (const frozen of [false, true])
          yield {
            ...withoutFrozen(above),
            version,
            trimPoint,
            retired,
            segments: segmentsUpTo(last, trimPoint, older, above),
            nextRules: rules.nextRules,
            snapshots: rules.snapshots,
            ...(frozen ? { frozen } : {}),
          };
}

function lastIndexes({
  version,
  below,
  above,
  installed,
  descriptors,
}: Forgotten & { installed: Descriptor | undefined }): number[] {
  if (installed !== undefined) return [installed.index];
  // It installed nothing: a trim, say. Its last segment is the one before the next that was installed.
  const later = descriptors.filter((one) => isOf(one, above, version + 1)).map((one) => one.index - 1);
  const held = sameAs(below, above) ? below?.segments.at(-1)?.index : undefined;
  return [...new Set([...later, ...(held === undefined ? [] : [held])])];
}

/** Those not wholly below the trim point, as `trimChain` leaves them; the last one without its end. */
function segmentsUpTo(
  last: number,
  trimPoint: bigint,
  below: Chain | undefined,
  above: Chain,
): readonly Segment[] {
  const known = new Map<number, Segment>();
  for (const segment of [...(below?.segments ?? []), ...above.segments])
    if (segment.index <= last) known.set(segment.index, segment);
  const ascending = [...known.values()].sort((a, b) => a.index - b.index);
  return ascending
    .map((segment, place): Segment => {
      const { end: _, loss: __, ...open } = segment;
      const next = ascending[place + 1];
      if (segment.index === last) return open;
      return next === undefined ? segment : { ...segment, end: next.start };
    })
    .filter(({ start, end }) => end === undefined || end > trimPoint || start >= trimPoint);
}

function isOf(descriptor: Descriptor, chain: Chain, version: number): boolean {
  return (
    descriptor.logId === chain.logId &&
    descriptor.chainVersion === version &&
    sameGeneration(descriptor.generation, chain.generation)
  );
}

function sameAs(below: Chain | undefined, above: Chain): boolean {
  return below !== undefined && sameGeneration(below.generation, above.generation);
}

function withoutFrozen({ frozen: _, ...chain }: Chain): Chain {
  return chain;
}

function distinct<T>(values: readonly (T | undefined)[]): T[] {
  const seen = new Map<string, T>();
  for (const value of values) if (value !== undefined) seen.set(String(value), value);
  return [...seen.values()];
}
