import { z } from 'zod';
import type { Descriptor, LineageEntry } from '../core/descriptor.ts';
import { LIMITS } from '../core/limits.ts';
import type { CloseRecord, LogletState, LogTrim, ServerStatus } from '../core/logletState.ts';
import {
  clusterIdSchema,
  digestSchema,
  durabilitySchema,
  generationSchema,
  incarnationSchema,
  locationSchema,
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

const indexSchema = z.number().int().min(0).max(LIMITS.segmentsPerChain);

export const lineageEntrySchema = z.strictObject({
  logletId: logletIdSchema,
  index: indexSchema,
  start: positionSchema,
  nodeset: nodesetSchema,
  durability: durabilitySchema,
}) satisfies z.ZodType<LineageEntry>;

export const retiredStoresSchema = z.array(storeIdSchema).max(100_000);
export const storesSchema = z
  .array(z.strictObject({ serverId: serverIdSchema, storeId: storeIdSchema }))
  .max(10_000);

export const descriptorSchema = z.strictObject({
  clusterId: clusterIdSchema,
  logId: logIdSchema,
  logletId: logletIdSchema,
  kind: z.literal('native'),
  index: indexSchema,
  start: positionSchema,
  nodeset: nodesetSchema,
  durability: durabilitySchema,
  nextRules: successorRulesSchema,
  snapshots: snapshotPolicySchema,
  sequencer: sequencerSchema,
  chainVersion: versionSchema,
  generation: generationSchema,
  lineage: z.array(lineageEntrySchema).max(LIMITS.lineageLength),
  chainDigest: digestSchema,
  retired: retiredStoresSchema,
  stores: storesSchema,
  createdAt: z.number().int().min(0),
}) satisfies z.ZodType<Descriptor>;

export const closeRecordSchema = z.strictObject({
  end: positionSchema,
  successor: z.strictObject({
    logletId: logletIdSchema,
    nodeset: nodesetSchema,
    chainVersion: versionSchema,
  }),
}) satisfies z.ZodType<CloseRecord>;

export const logletStateSchema = z.strictObject({
  descriptor: descriptorSchema,
  descriptorDigest: digestSchema,
  firstHeld: positionSchema,
  localTail: positionSchema,
  sealed: z.boolean(),
  tailAtSeal: positionSchema.exactOptional(),
  activatedAt: versionSchema.exactOptional(),
  close: closeRecordSchema.exactOptional(),
  knownCommitted: positionSchema,
  corrupt: z.array(positionSchema).max(1_000).exactOptional(),
  checkedTo: positionSchema.exactOptional(),
}) satisfies z.ZodType<LogletState>;

export const logTrimSchema = z.strictObject({
  logId: logIdSchema,
  trimPoint: positionSchema,
  generation: generationSchema,
}) satisfies z.ZodType<LogTrim>;

export const serverStatusSchema = z.strictObject({
  serverId: serverIdSchema,
  storeId: storeIdSchema,
  clusterId: clusterIdSchema,
  location: locationSchema,
  generation: generationSchema.exactOptional(),
  retired: z.boolean(),
  // A server of before there were pledges says none; what it holds must be readable all the same.
  pledged: z.number().int().min(0).default(0),
  incarnation: incarnationSchema,
  software: z.string().max(128),
}) satisfies z.ZodType<ServerStatus>;
