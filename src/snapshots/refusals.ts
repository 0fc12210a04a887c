import { DrError } from '../core/errors.ts';
import { describeGeneration, type Generation } from '../core/generation.ts';
import { documentKey, type SnapshotRef } from './keys.ts';
import type { SnapshotPlace } from './read.ts';

export function describeRef(ref: SnapshotRef): string {
  return `log ${ref.logId}, generation ${describeGeneration(ref.generation)}, version ${ref.version}`;
}

export function badSnapshot(place: SnapshotPlace, ref: SnapshotRef, problem: string): DrError {
  return new DrError('E_BAD_SNAPSHOT', {
    message: `The snapshot of ${describeRef(ref)} in ${place.repository.url} cannot be used. ${problem}`,
    context: { key: documentKey(place.clusterId, ref) },
  });
}

export function fenced(place: SnapshotPlace, ref: SnapshotRef, recovery: Generation): DrError {
  return new DrError('E_FENCED', {
    message: `Recovery ${describeGeneration(recovery)} closed ${describeRef(ref)} in ${place.repository.url}. The chain there is not extended any more, and nothing was written.`,
    context: { logId: ref.logId, version: ref.version, recovery },
  });
}

export function contradiction(
  place: SnapshotPlace,
  ref: SnapshotRef,
  digests: { ours: string; theirs: string },
): DrError {
  return new DrError('E_CONTRADICTION', {
    message: `Another chain stands in ${place.repository.url} for ${describeRef(ref)}: ${digests.theirs}; ours is ${digests.ours}. Nothing was written.`,
    context: { logId: ref.logId, version: ref.version, ...digests },
  });
}

export function givenUp(ref: SnapshotRef, by: string): DrError {
  return new DrError('E_SNAPSHOT_GAP', {
    message: `The place of ${describeRef(ref)} was given up by ${by}, who had a later version. This version may not be acted on: read the register again.`,
    context: { logId: ref.logId, version: ref.version },
  });
}
