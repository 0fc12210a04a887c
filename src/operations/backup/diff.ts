import type { ChainChange } from '../../codec/results/backup.ts';
import { canonicalJson } from '../../core/canonical.ts';
import type { Chain, Segment } from '../../core/chain.ts';
import { describeDurability } from '../../core/durability.ts';
import { describeGeneration, sameGeneration } from '../../core/generation.ts';

/** What changed from one chain of a log to another, in words. Pure. */
export function diffChains(from: Chain, to: Chain): ChainChange[] {
  return [...generationChange(from, to), ...segmentChanges(from, to), ...restChanges(from, to)];
}

function generationChange(from: Chain, to: Chain): ChainChange[] {
  if (sameGeneration(from.generation, to.generation)) return [];
  const [before, after] = [describeGeneration(from.generation), describeGeneration(to.generation)];
  return [{ change: 'generation', message: `A recovery: generation ${before} became ${after}.` }];
}

function segmentChanges(from: Chain, to: Chain): ChainChange[] {
  const before = new Map(from.segments.map((segment) => [segment.index, segment]));
  const after = new Map(to.segments.map((segment) => [segment.index, segment]));
  const indexes = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b);
  return indexes.flatMap((index) => segmentChange(index, before.get(index), after.get(index), to));
}

function segmentChange(
  index: number,
  before: Segment | undefined,
  after: Segment | undefined,
  to: Chain,
): ChainChange[] {
  if (before === undefined && after !== undefined)
    return [{ change: 'segmentAdded', index, message: `Segment ${index} begins: ${describe(after)}.` }];
  if (before !== undefined && after === undefined) {
    const isTrimmed = before.end !== undefined && before.end <= to.trimPoint;
    const why = isTrimmed ? 'lies below the trim point' : 'is gone though nothing trimmed it';
    return [{ change: 'segmentRemoved', index, message: `Segment ${index} ${why}: ${describe(before)}.` }];
  }
  if (before === undefined || after === undefined || same(before, after)) return [];
  const { end: _, ...rest } = after;
  if (before.end === undefined && after.end !== undefined && same(before, rest))
    return [{ change: 'segmentEnded', index, message: `Segment ${index} ends at ${after.end}.` }];
  const message = `Segment ${index} was ${describe(before)}; it is ${describe(after)}.`;
  return [{ change: 'segmentChanged', index, message }];
}

function describe({ logletId, start, end, nodeset, durability, loss, archive }: Segment): string {
  const servers = nodeset.map(({ serverId }) => serverId).join(', ');
  const range = `[${start}, ${end ?? '…'})`;
  const lost = loss === undefined ? '' : `, loss accepted from ${loss.from}`;
  const kept = archive === undefined ? '' : ', read from the repository';
  return `loglet ${logletId} ${range} on ${servers}, ${describeDurability(durability)}${lost}${kept}`;
}

function restChanges(from: Chain, to: Chain): ChainChange[] {
  const changes: ChainChange[] = [];
  if (from.trimPoint !== to.trimPoint)
    changes.push({
      change: 'trimPoint',
      message: `The trim point went from ${from.trimPoint} to ${to.trimPoint}.`,
    });
  for (const store of to.retired)
    if (!from.retired.includes(store))
      changes.push({ change: 'storeRetired', message: `Store ${store} was retired.` });
  for (const store of from.retired)
    if (!to.retired.includes(store))
      changes.push({ change: 'storeReturned', message: `Store ${store} is not listed as retired any more.` });
  if (!same(from.nextRules, to.nextRules))
    changes.push({ change: 'rules', message: 'What the next loglet may be has changed.' });
  if (!same(from.snapshots, to.snapshots))
    changes.push({
      change: 'snapshots',
      message: `Snapshots were ${from.snapshots.mode}; they are ${to.snapshots.mode}.`,
    });
  if ((from.frozen ?? false) !== (to.frozen ?? false))
    changes.push({
      change: 'frozen',
      message: `Trim and collection are ${to.frozen ? 'frozen' : 'free again'}.`,
    });
  return changes;
}

function same(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
