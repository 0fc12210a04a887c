import type { Chain } from '../../core/chain.ts';
import { compareGenerations } from '../../core/generation.ts';
import type { FoundSurvivor } from './survivors.ts';

/**
 * The survivor that a new cluster is made from: the one with the newest chains, then the one with the highest revision.
 * What it lacks comes from the others and from the loglets; only what is not ours (other users' keys) rests on this
 * choice. `undefined`: nothing that survived can be restored.
 */
export function chooseSurvivor(survivors: readonly FoundSurvivor[]): FoundSurvivor | undefined {
  const usable = survivors.filter(({ contents }) => contents?.engine === 'etcd' && contents.sound);
  return [...usable].sort(
    (a, b) =>
      newerChains(b, a) - newerChains(a, b) ||
      compareRevisions(b, a) ||
      // The same evidence gives the same choice.
      (a.name < b.name ? -1 : 1),
  )[0];
}

/** Of how many logs `one` has a newer chain than `other`. */
function newerChains(one: FoundSurvivor, other: FoundSurvivor): number {
  const others = new Map((other.contents?.chains ?? []).map((chain) => [chain.logId, chain]));
  return (one.contents?.chains ?? []).filter((chain) => isNewer(chain, others.get(chain.logId))).length;
}

export function isNewer(chain: Chain, than: Chain | undefined): boolean {
  if (than === undefined) return true;
  return (compareGenerations(chain.generation, than.generation) || chain.version - than.version) > 0;
}

function compareRevisions(a: FoundSurvivor, b: FoundSurvivor): number {
  const difference = BigInt(a.contents?.revision ?? '0') - BigInt(b.contents?.revision ?? '0');
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}
