import { type Chain, chainDigest } from '../../core/chain.ts';
import { compareGenerations, sameGeneration } from '../../core/generation.ts';
import { rewrittenSegments } from '../backup/checkHistory.ts';

/** How a value of a register stands to the newest one that the repository has. */
export type RegisterStanding = 'lost' | 'older' | 'same' | 'diverged' | 'newer';

/**
 * Within a generation every version continues the one before. A register that was set back and then went on reaches
 * higher versions than the repository has, and its chain is still another one: only its segments tell.
 */
export function registerStanding(register: Chain | undefined, held: Chain | undefined): RegisterStanding {
  if (register === undefined) return 'lost';
  if (held === undefined) return 'newer';
  const order = compareGenerations(register.generation, held.generation) || register.version - held.version;
  if (order < 0) return 'older';
  if (order === 0) return chainDigest(register) === chainDigest(held) ? 'same' : 'diverged';
  return sameGeneration(register.generation, held.generation) && !continues(held, register)
    ? 'diverged'
    : 'newer';
}

function continues(held: Chain, later: Chain): boolean {
  return later.trimPoint >= held.trimPoint && rewrittenSegments(held, later).length === 0;
}

/** Versions of the register that the repository lacks. A recovery lifts the version: none of its own is there then. */
export function versionsBehind(register: Chain, held: Chain | undefined): number {
  const isOneHistory = held !== undefined && sameGeneration(register.generation, held.generation);
  return Math.max(0, register.version - (isOneHistory ? held.version : register.generationStart - 1));
}
