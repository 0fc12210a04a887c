import { compareGenerations, type Generation } from '../generation.ts';
import { compareMoments, type LogletFacts } from './facts.ts';

/**
 * Whether a later generation's register ended with the parent: that recovery decided that this child is not the
 * chain. A child that only a close record names has no known generation; the versions of a log only rise, so its
 * version tells. A recovery that another one overtook may have written its register after that one took the child
 * into its own: where a later generation stands than that register's, and nothing more was made of it, it decides nothing.
 */
export function isOverruled(
  child: LogletFacts,
  reach: Generation | undefined,
  { parent, latest }: { readonly parent: LogletFacts; readonly latest: Generation | undefined },
): boolean {
  const { lastIn } = parent;
  if (lastIn === undefined) return false;
  if (latest !== undefined && compareGenerations(latest, lastIn.generation) > 0) return false;
  if (reach !== undefined) return compareGenerations(reach, lastIn.generation) < 0;
  return child.chainVersion !== undefined && child.chainVersion <= lastIn.version;
}

/**
 * Whether a sibling that only a close record names may be of the generation of the one chosen, or of a later one. It
 * is not when it has the smaller version and a recovery lies between the parent and the one chosen.
 */
export function mayRival(named: LogletFacts, chosen: LogletFacts, parent: LogletFacts | undefined): boolean {
  const before = parent?.descriptor?.generation;
  const after = chosen.descriptor?.generation;
  const hasRecovery = before !== undefined && after !== undefined && compareGenerations(after, before) > 0;
  const isOlder =
    named.chainVersion !== undefined &&
    chosen.chainVersion !== undefined &&
    named.chainVersion < chosen.chainVersion;
  return !(hasRecovery && isOlder);
}

/**
 * Whether the register still ended with the parent at the version that was to install this loglet, or later: versions
 * only rise, so it lost, and never was in the chain of that generation or a later one.
 */
export function isOutdone(candidate: LogletFacts, parent: LogletFacts | undefined): boolean {
  const { descriptor } = candidate;
  if (parent?.lastIn === undefined || descriptor === undefined) return false;
  const { generation, chainVersion: version } = descriptor;
  return compareMoments({ generation, version }, parent.lastIn) <= 0;
}
