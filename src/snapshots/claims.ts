import {
  type ClaimDocument,
  claimSchema,
  decodeSigned,
  encodeDocument,
  withDigest,
} from '../codec/snapshot.ts';
import { DrError } from '../core/errors.ts';
import type { Generation } from '../core/generation.ts';
import type { RecoveryId } from '../core/ids.ts';
import { createObject } from './create.ts';
import type { SnapshotWriter } from './documents.ts';
import { claimKey, claimNumberOf, generationsPrefix } from './keys.ts';
import type { SnapshotPlace } from './read.ts';

export type Claim =
  | { readonly outcome: 'claimed' }
  /** Another recovery has this number. */
  | { readonly outcome: 'held'; readonly by: RecoveryId };

/** Takes a number of generation for a recovery. Idempotent. */
export async function claimGeneration(writer: SnapshotWriter, generation: Generation): Promise<Claim> {
  const document = withDigest({
    schemaVersion: 1,
    kind: 'claim',
    clusterId: writer.clusterId,
    ...generation,
    claimedAt: writer.clock.now(),
  });
  const key = claimKey(writer.clusterId, generation.number);
  const created = await createObject(writer.repository, key, encodeDocument(document));
  if (created.outcome === 'created') return { outcome: 'claimed' };
  const held = claimIn(writer, key, created.bytes);
  return held.recoveryId === generation.recoveryId
    ? { outcome: 'claimed' }
    : { outcome: 'held', by: held.recoveryId };
}

/** Every claimed generation, ascending. A claim that cannot be read stops the caller: its number is taken. */
export async function claims(place: SnapshotPlace): Promise<Generation[]> {
  const found: Generation[] = [];
  for await (const key of place.repository.list(generationsPrefix(place.clusterId))) {
    const bytes = claimNumberOf(key) === undefined ? undefined : await place.repository.get(key);
    if (bytes === undefined) continue;
    const { number, recoveryId } = claimIn(place, key, bytes);
    found.push({ number, recoveryId });
  }
  return found;
}

function claimIn(place: SnapshotPlace, key: string, bytes: Uint8Array): ClaimDocument {
  const decoded = decodeSigned(claimSchema, bytes);
  const problem = decoded.ok ? misplaced(place, key, decoded.value) : decoded.problem;
  if (decoded.ok && problem === undefined) return decoded.value;
  throw new DrError('E_BAD_SNAPSHOT', {
    message: `The claim ${key} in ${place.repository.url} cannot be read. ${problem} Its number counts as taken.`,
    hint: 'Look at that object: whoever damaged it may have damaged more. `vlog-dr backups verify` reads the rest.',
    context: { key },
  });
}

function misplaced(place: SnapshotPlace, key: string, claim: ClaimDocument): string | undefined {
  const isOurs = claim.clusterId === place.clusterId && claim.number === claimNumberOf(key);
  return isOurs ? undefined : 'It is the claim of another key.';
}
