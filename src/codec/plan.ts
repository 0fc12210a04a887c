import { z } from 'zod';
import { chainIdentitySchema, chainSchema } from './chain.ts';
import {
  clusterIdSchema,
  durabilitySchema,
  type Frozen,
  generationSchema,
  logIdSchema,
  logletIdSchema,
  nodesetSchema,
  positionSchema,
  serverIdSchema,
  storeIdSchema,
  versionSchema,
} from './common.ts';

/** A plan as a file: what will be done, on what evidence, and what is proven of it. */
export const intervalSchema = z.strictObject({ from: positionSchema, to: positionSchema.exactOptional() });

const serverSets = z.array(z.array(serverIdSchema));

export const plannedSegmentSchema = z.strictObject({
  index: z.number().int().min(0),
  logletId: logletIdSchema,
  start: positionSchema,
  end: positionSchema.exactOptional(),
  state: z.enum(['active', 'sealed', 'lost', 'trimmed', 'archived']),
  nodeset: nodesetSchema,
  durability: durabilitySchema.exactOptional(),
  responders: z.array(serverIdSchema),
  underReplicated: z.boolean(),
  evidence: z.array(z.string()),
  missing: z.array(intervalSchema),
  /** Silent servers of the nodeset, any of which may still hold what is missing. */
  wouldReturn: z.array(serverIdSchema),
});

export const logPlanSchema = z.strictObject({
  logId: logIdSchema,
  verdict: z.enum(['proven', 'unproven', 'contradiction']),
  /** `install`: the chain goes into the register. `nothing to do`: the register is right. `refuse`: see `problems`. */
  decision: z.enum(['install', 'nothing to do', 'refuse']),
  version: versionSchema,
  segments: z.array(plannedSegmentSchema),
  lastSegment: z.enum(['active', 'sealed', 'unsealable', 'none']),
  /** What shows that the last loglet found is the last one. */
  endProof: z.enum(['unsealed on a commit quorum', 'repository fence', 'no host', 'none']),
  trimPoint: positionSchema,
  loss: z.strictObject({
    lost: z.array(intervalSchema),
    possiblyLost: z.array(intervalSchema),
    unknownOutcomeResolved: z.array(intervalSchema),
    safe: z.array(intervalSchema),
  }),
  problems: z.array(
    z.strictObject({
      kind: z.string(),
      weighs: z.enum(['contradiction', 'unproven']),
      message: z.string(),
      wouldSettle: serverSets,
    }),
  ),
  /** Sets of servers; the answers of all of one set would settle a problem. */
  wouldSettle: serverSets,
  /** What this recovery changes beside the register's place: whole sentences. */
  changes: z.array(z.string()),
  /** Flags without which this log is not applied. */
  needs: z.array(z.string()),
  orphans: z.array(
    z.strictObject({
      logletId: logletIdSchema,
      servers: z.array(serverIdSchema),
      /**
       * `never activated`: its responders are a seal quorum and none of them has a mark. `ruled out`: another loglet
       * is in its place, or the repository shows that it never took entries. `undecided`: left out by consent only.
       */
      because: z.enum(['never activated', 'ruled out', 'undecided']),
    }),
  ),
  /** Of a fork, what the segments above do not have: it may hold acknowledged entries. */
  otherSides: z.array(z.strictObject({ logletId: logletIdSchema, servers: z.array(serverIdSchema) })),
  /** Installed once, then left out by a later recovery: their entries are kept and not served. */
  abandoned: z.array(z.strictObject({ logletId: logletIdSchema, servers: z.array(serverIdSchema) })),
  /** What the register held when this was planned; it must hold exactly that when it is applied. */
  registerBefore: chainIdentitySchema.nullable(),
  /** What the register will hold. */
  chain: chainSchema.exactOptional(),
});

export const planSchema = z.strictObject({
  schemaVersion: z.literal(1),
  kind: z.literal('rebuild-metastore'),
  /** SHA-256 of the canonical plan without it: the same evidence gives the same plan. */
  planId: z.string().regex(/^[0-9a-f]{64}$/),
  cluster: z.strictObject({ id: clusterIdSchema, name: z.string() }),
  generation: generationSchema,
  /** Whether the evidence was taken behind this generation's fence. */
  fenced: z.boolean(),
  assumptions: z.array(z.string()),
  consent: z.strictObject({
    acceptLoss: z.array(logIdSchema),
    acceptUnproven: z.array(logIdSchema),
    oldMetaStoreDestroyed: z.boolean(),
    repositoryDestroyed: z.boolean(),
  }),
  servers: z.array(
    z.strictObject({
      id: serverIdSchema,
      state: z.enum(['answered', 'offline copy', 'silent', 'not admitted', 'foreign', 'retired']),
      storeId: storeIdSchema.exactOptional(),
      generation: generationSchema.exactOptional(),
      detail: z.string().exactOptional(),
    }),
  ),
  rejectedEvidence: z.array(z.string()),
  logs: z.array(logPlanSchema),
  actions: z.array(z.strictObject({ step: z.string(), says: z.string() })),
});

export type RebuildPlan = Frozen<z.infer<typeof planSchema>>;
export type LogPlan = Frozen<z.infer<typeof logPlanSchema>>;

/** Results of steps, as a journal keeps them. */
export const sealedStepSchema = z.object({ tail: positionSchema, sealedOn: z.array(serverIdSchema) });
export const extendedStepSchema = z.object({ chain: chainSchema, writable: z.boolean() });
