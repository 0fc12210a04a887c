import { encodeDocument, withDigest } from '../codec/snapshot.ts';
import { type Chain, chainDigest } from '../core/chain.ts';
import { createObject } from './create.ts';
import type { SnapshotWriter } from './documents.ts';
import { divergentKey } from './keys.ts';

/**
 * Keeps a chain that a register held and that does not belong to the history here: for people, when two histories have
 * to be told apart. It is no snapshot, and nothing restores from it. Idempotent. Answers with its key.
 */
export async function keepDivergent(writer: SnapshotWriter, chain: Chain): Promise<string> {
  const document = withDigest({
    schemaVersion: 1 as const,
    kind: 'divergent' as const,
    clusterId: writer.clusterId,
    logId: chain.logId,
    generation: chain.generation,
    version: chain.version,
    chainDigest: chainDigest(chain),
    chain,
    takenAt: writer.clock.now(),
    writtenBy: writer.writtenBy,
  });
  const key = divergentKey(writer.clusterId, chain, document.chainDigest);
  // Whoever kept the same chain before did so at another time: its bytes differ, and it serves as well.
  await createObject(writer.repository, key, encodeDocument(document));
  return key;
}
