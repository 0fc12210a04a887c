import { z } from 'zod';
import { chainIdentitySchema, chainSchema } from '../chain.ts';
import { type Frozen, logIdSchema, positionSchema, versionSchema } from '../common.ts';
import { planSchema } from '../plan.ts';
import { memberPlacementSchema } from '../results/place.ts';
import { planHead } from './head.ts';

export const memberPlaceSchema = z.strictObject({
  name: z.string(),
  clientUrl: z.string(),
  peerUrl: z.string(),
  dataDir: z.string().exactOptional(),
  location: z.string().exactOptional(),
  tls: z
    .strictObject({
      certFile: z.string(),
      keyFile: z.string(),
      caFile: z.string().exactOptional(),
      peerCertFile: z.string(),
      peerKeyFile: z.string(),
      peerCaFile: z.string().exactOptional(),
    })
    .exactOptional(),
});

export const survivorPlaceSchema = z.strictObject({
  origin: z.enum(['member', 'data directory', 'snapshot']),
  name: z.string(),
});

export const plannedMemberSchema = z.strictObject({
  ...memberPlaceSchema.shape,
  state: z.enum(['serves', 'alone', 'silent']),
  /** Of a member of another cluster than the one that serves: it came back, and is not listened to. */
  old: z.boolean(),
  /** Silent because its process has ended, as this machine sees. */
  ended: z.literal(true).exactOptional(),
  clusterId: z.string().exactOptional(),
  memberId: z.string().exactOptional(),
  revision: z.string().exactOptional(),
  detail: z.string().exactOptional(),
});

const survivorSchema = z.strictObject({
  ...survivorPlaceSchema.shape,
  engine: z.enum(['etcd', 'file']).exactOptional(),
  revision: z.string().exactOptional(),
  /** Keys of others in the same etcd: nothing but the chosen survivor knows them. */
  otherKeys: z.number().int().min(0),
  registers: z.array(z.strictObject({ logId: logIdSchema, identity: chainIdentitySchema })),
  chosen: z.boolean(),
  problems: z.array(z.string()),
});

/** `force-new-cluster`: a MetaStore again, after its majority was lost. */
export const forceNewClusterPlanSchema = z.strictObject({
  ...planHead,
  kind: z.literal('force-new-cluster'),
  engine: z.enum(['etcd', 'file']),
  /** What the registers are made from: a survivor's copy, nothing, or the members that serve already. */
  start: z.enum(['survivor', 'empty', 'running']),
  hands: z.enum(['tool', 'operator']),
  members: z.array(plannedMemberSchema),
  survivors: z.array(survivorSchema),
  /** Logs of which the chosen survivor knows less than the rest of the evidence. */
  stale: z.array(
    z.strictObject({ logId: logIdSchema, knew: versionSchema.nullable(), segmentsUnknown: z.number().int() }),
  ),
  token: z.string(),
  /** Absent where members serve already. */
  first: memberPlaceSchema.exactOptional(),
  /** Members of the cluster that serves, when it does. */
  serving: z.array(memberPlaceSchema),
  /** The engine's id of the cluster that serves, when one does. */
  servingClusterId: z.string().exactOptional(),
  /** Added one after the other. */
  additions: z.array(memberPlaceSchema),
  /** Where the members will stand, and which losses cost their majority. Absent for a MetaStore without members. */
  placement: memberPlacementSchema.exactOptional(),
  /** The chains, their generation and their proof: as `rebuild-metastore` plans them. */
  rebuild: planSchema,
});

export type ForceNewClusterPlan = Frozen<z.infer<typeof forceNewClusterPlanSchema>>;
export type PlannedMember = ForceNewClusterPlan['members'][number];
export type PlannedSurvivor = ForceNewClusterPlan['survivors'][number];

/** Results of steps, as a journal keeps them. */
export const survivorChainsSchema = z.array(
  z.strictObject({ source: z.literal('metastore'), name: z.string(), chain: chainSchema }),
);
export const startedMemberSchema = z.strictObject({ name: z.string(), movedTo: z.string().exactOptional() });
export const logResultSchema = z.object({
  logId: logIdSchema,
  verdict: z.enum(['proven', 'unproven', 'contradiction']),
  version: versionSchema,
  segments: z.number(),
  tail: positionSchema.optional().transform((tail): bigint | undefined => tail),
  writable: z.boolean(),
});
export const reconciledSchema = z.object({
  value: z.array(logResultSchema),
  clusterId: z.string(),
  savedAs: z.string(),
});
