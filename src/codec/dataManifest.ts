import { z } from 'zod';
import { coverageOf } from '../core/archive.ts';
import { clusterIdSchema, digestSchema, logIdSchema, logletIdSchema, positionSchema } from './common.ts';
import type { Decoded } from './metastore.ts';
import { decodeSigned } from './snapshot.ts';

export const spanSchema = z.strictObject({ from: positionSchema, to: positionSchema });

/**
 * Which objects hold an ended segment; written after them, when the end is final. Nobody's name and no time is in it:
 * whoever backs up the same objects writes the same bytes.
 */
export const dataManifestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  kind: z.literal('data'),
  clusterId: clusterIdSchema,
  logId: logIdSchema,
  logletId: logletIdSchema,
  index: z.number().int().min(0),
  start: positionSchema,
  end: positionSchema,
  /** What of [start, end) is held: less, where the log was trimmed before, or where a loss was accepted. */
  spans: z.array(spanSchema),
  /** Ascending by `from`; the last may reach beyond the end, and is used below it only. */
  objects: z.array(
    z.strictObject({
      from: positionSchema,
      to: positionSchema,
      sizeBytes: z.number().int().min(1),
      sha256: digestSchema,
    }),
  ),
  digest: digestSchema,
});

export type DataManifest = z.infer<typeof dataManifestSchema>;

export function decodeDataManifest(bytes: Uint8Array): Decoded<DataManifest> {
  const decoded = decodeSigned(dataManifestSchema, bytes);
  if (!decoded.ok) return decoded;
  const { objects, spans, start, end } = decoded.value;
  const isWhole = spans.every(
    (span) => span.from >= start && span.to <= end && coverageOf(objects, span).gaps.length === 0,
  );
  return isWhole ? decoded : { ok: false, problem: 'Its objects do not hold what it says.' };
}
