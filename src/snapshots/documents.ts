import {
  encodeDocument,
  type FenceDocument,
  type LogDocument,
  type OpeningDocument,
  type SnapshotDocument,
  withDigest,
} from '../codec/snapshot.ts';
import { type Chain, chainDigest } from '../core/chain.ts';
import type { Generation } from '../core/generation.ts';
import type { Clock } from '../ports/Clock.ts';
import { createObject } from './create.ts';
import { documentKey, type SnapshotRef } from './keys.ts';
import { examine, type SnapshotPlace } from './read.ts';
import { badSnapshot } from './refusals.ts';

export interface SnapshotWriter extends SnapshotPlace {
  readonly clock: Clock;
  /** Who writes, for people. */
  readonly writtenBy: string;
}

/** `undefined` when it was written; what stands there otherwise. */
export async function putDocument(
  writer: SnapshotWriter,
  document: LogDocument,
  bytes = encodeDocument(document),
): Promise<LogDocument | undefined> {
  const key = documentKey(writer.clusterId, document);
  const created = await createObject(writer.repository, key, bytes);
  if (created.outcome === 'created') return undefined;
  const found = examine(writer, document, created.bytes);
  if ('problem' in found) throw badSnapshot(writer, found.ref, found.problem);
  return found.document;
}

export function snapshotDocument(
  writer: SnapshotWriter,
  chain: Chain,
  previous: SnapshotDocument | undefined,
): SnapshotDocument {
  return withDigest({
    kind: 'snapshot' as const,
    ...stamp(writer, chain),
    version: chain.version,
    previous: previous
      ? { generation: previous.generation, version: previous.version, digest: previous.digest }
      : null,
    chainDigest: chainDigest(chain),
    chain,
  });
}

export function openingDocument(writer: SnapshotWriter, chain: Chain): OpeningDocument {
  return withDigest({
    kind: 'opening' as const,
    ...stamp(writer, chain),
    version: 0 as const,
    generationStart: chain.generationStart,
  });
}

export function gapDocument(writer: SnapshotWriter, ref: SnapshotRef): LogDocument {
  return withDigest({ kind: 'gap' as const, ...stamp(writer, ref), version: ref.version });
}

export function fenceDocument(writer: SnapshotWriter, ref: SnapshotRef, recovery: Generation): FenceDocument {
  return withDigest({ kind: 'fence' as const, ...stamp(writer, ref), version: ref.version, recovery });
}

function stamp(writer: SnapshotWriter, { logId, generation }: Pick<SnapshotRef, 'logId' | 'generation'>) {
  return {
    schemaVersion: 1 as const,
    clusterId: writer.clusterId,
    logId,
    generation,
    takenAt: writer.clock.now(),
    writtenBy: writer.writtenBy,
  };
}
