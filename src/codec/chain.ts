import { z } from 'zod';
import type { Chain, ChainIdentity, Segment } from '../core/chain.ts';
import { LIMITS } from '../core/limits.ts';
import {
  clusterIdSchema,
  digestSchema,
  durabilitySchema,
  generationSchema,
  logIdSchema,
  logletIdSchema,
  nodesetSchema,
  positionSchema,
  sequencerSchema,
  serverIdSchema,
  snapshotPolicySchema,
  storeIdSchema,
  successorRulesSchema,
  versionSchema,
} from './common.ts';

export const segmentSchema = z.strictObject({
  index: z.number().int().min(0).max(LIMITS.segmentsPerChain),
  logletId: logletIdSchema,
  kind: z.enum(['native', 'archive']),
  start: positionSchema,
  end: positionSchema.exactOptional(),
  nodeset: nodesetSchema,
  durability: durabilitySchema,
  sequencer: sequencerSchema.exactOptional(),
  snapshotRequired: z.boolean().exactOptional(),
  loss: z
    .strictObject({
      from: positionSchema,
      fencedOutside: z.array(serverIdSchema).max(LIMITS.nodesetSize),
      reason: z.string().max(1024),
    })
    .exactOptional(),
  archive: z
    .strictObject({
      repositoryId: z.uuid(),
      manifest: digestSchema,
      spans: z
        .array(z.strictObject({ from: positionSchema, to: positionSchema }))
        .max(LIMITS.segmentsPerChain),
    })
    .exactOptional(),
}) satisfies z.ZodType<Segment>;

/** The register value. Its JSON form is what the MetaStore holds and what a snapshot carries. */
export const chainSchema = z.strictObject({
  clusterId: clusterIdSchema,
  logId: logIdSchema,
  generation: generationSchema,
  version: versionSchema,
  generationStart: versionSchema,
  trimPoint: positionSchema,
  retired: z.array(storeIdSchema).max(100_000),
  segments: z.array(segmentSchema).min(1).max(LIMITS.segmentsPerChain),
  nextRules: successorRulesSchema,
  snapshots: snapshotPolicySchema,
  frozen: z.boolean().exactOptional(),
}) satisfies z.ZodType<Chain>;

export const chainIdentitySchema = z.strictObject({
  generation: generationSchema,
  version: versionSchema,
  digest: digestSchema,
}) satisfies z.ZodType<ChainIdentity>;
