import type { ChainEvidence, ObservedServer } from '../evidence.ts';
import { compareGenerations, type Generation } from '../generation.ts';
import type { LogId, Position } from '../ids.ts';
import type { LogletFacts } from './facts.ts';

export interface TrimFinding {
  readonly trimPoint: Position;
  /** Trim points of a control plane that a recovery had already left behind: reported, not believed. */
  readonly ignored: readonly { readonly by: string; readonly trimPoint: Position }[];
}

/**
 * The largest trim point that is valid: stores record it before they drop data. One of an older generation, lying
 * above the first loglet that a later generation created, was set by a control plane that no longer decides. Of a
 * loglet without a descriptor only the generations that list it are known: where its own may be later, it is.
 */
export function largestTrim(
  logId: LogId,
  servers: readonly ObservedServer[],
  chains: readonly ChainEvidence[],
  path: readonly LogletFacts[],
): TrimFinding {
  const claims = [
    ...servers.flatMap(({ serverId, answer }) =>
      answer.kind === 'answered'
        ? answer.trims
            .filter((trim) => trim.logId === logId)
            .map((trim) => ({
              by: serverId as string,
              trimPoint: trim.trimPoint,
              generation: trim.generation,
            }))
        : [],
    ),
    ...chains.map(({ name, chain }) => ({
      by: name,
      trimPoint: chain.trimPoint,
      generation: chain.generation,
    })),
  ];
  const [valid, ignored] = [
    claims.filter((claim) => isValid(claim, path)),
    claims.filter((claim) => !isValid(claim, path)),
  ];
  const trimPoint = valid.reduce(
    (largest, claim) => (claim.trimPoint > largest ? claim.trimPoint : largest),
    0n,
  );
  return { trimPoint, ignored: ignored.filter((claim) => claim.trimPoint > trimPoint) };
}

function isValid(
  claim: { trimPoint: Position; generation: Generation },
  path: readonly LogletFacts[],
): boolean {
  const later = path.find(
    ({ leastGeneration }) =>
      leastGeneration !== undefined && compareGenerations(leastGeneration, claim.generation) > 0,
  );
  return later === undefined || claim.trimPoint <= later.start;
}
