import type { ServerId } from '../ids.ts';
import { joined, type MissingInterval } from '../reconstruct/segments.ts';
import type { LogSituation } from './situation.ts';

/** What a log lacks, told in one sentence: a lost zone would otherwise fill pages, segment by segment. */
export interface Gaps {
  /** `Positions 0 to 20 (exclusive)`. */
  readonly positions: string;
  readonly segments: string;
  readonly mayReturn: readonly ServerId[];
}

const LISTED = 4;

export function gapsOf(log: LogSituation, kind: (gap: MissingInterval) => boolean): Gaps | undefined {
  const segments = log.rebuilt.segments.filter((segment) => segment.missing.some(kind));
  const gaps = segments.flatMap((segment) => segment.missing.filter(kind));
  if (gaps.length === 0) return undefined;
  const runs = joined(gaps.map(({ from, to }) => ({ from, to }))).map(({ from, to }) => `${from} to ${to}`);
  const indices = segments.map((segment) => String(segment.index));
  return {
    positions: `Positions ${some(runs)} (exclusive)`,
    segments: `segment${indices.length === 1 ? '' : 's'} ${some(indices)}`,
    mayReturn: [...new Set(gaps.flatMap((gap) => gap.wouldReturn))].sort(),
  };
}

function some(all: readonly string[]): string {
  const rest = all.length - LISTED;
  return rest > 0 ? `${all.slice(0, LISTED).join(', ')} and ${rest} more` : all.join(', ');
}
