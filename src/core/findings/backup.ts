import { compareGenerations } from '../generation.ts';
import type { LogSituation } from './situation.ts';

/** How many versions the newest snapshot lies behind the register; absent when one of them is not known. */
export function versionsBehind({ register, snapshot }: LogSituation): number | undefined {
  if (register === undefined || snapshot === undefined) return undefined;
  // A recovery lifts the version: a snapshot of an older generation lacks all of the new one's.
  const isOlder = compareGenerations(snapshot.generation, register.generation) < 0;
  const from = isOlder ? register.generationStart - 1 : snapshot.version;
  return Math.max(0, register.version - from);
}
