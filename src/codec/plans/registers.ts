import { z } from 'zod';
import { digestSchema, type Frozen, logIdSchema, positionSchema, serverIdSchema } from '../common.ts';
import { intervalSchema } from '../plan.ts';
import { memberPlaceSchema, plannedMemberSchema, survivorPlaceSchema } from './forceNewCluster.ts';
import { planHead } from './head.ts';

/** A cluster of another engine: its own fingerprint as its id, where that is known. */
export const foreignHead = {
  ...planHead,
  cluster: z.strictObject({ id: z.string().regex(/^(\d{1,20}|unknown)$/), name: z.string() }),
};

const version = z.number().int().min(0).max(0xffff_ffff);
export const replicationSchema = z.strictObject({
  node: z.number().int().min(1).exactOptional(),
  zone: z.number().int().min(1).exactOptional(),
  region: z.number().int().min(1).exactOptional(),
});

const segmentSchema = z.strictObject({
  index: z.number().int().min(0),
  /** As the engine prints it: `1_0`. */
  logletId: z.string(),
  start: positionSchema,
  end: positionSchema.exactOptional(),
  kind: z.string(),
  nodeset: z.array(serverIdSchema),
  replication: z.string().exactOptional(),
  sealedOn: z.array(serverIdSchema),
  responders: z.array(serverIdSchema),
  evidence: z.array(z.string()),
});

export const foreignLogSchema = z.strictObject({
  logId: logIdSchema,
  verdict: z.enum(['proven', 'unproven', 'contradiction']),
  /** The version of the register that holds the chains of all logs. */
  version,
  segments: z.array(segmentSchema),
  lastSegment: z.enum(['active', 'sealed', 'undecided', 'sealed in the chain', 'unknown']),
  /** Segments that no register had and the log-servers showed. */
  completed: z.number().int().min(0),
  dropped: z.array(z.strictObject({ logletId: z.string(), because: z.enum(['empty', 'trimmed']) })),
  loss: z.strictObject({
    lost: z.array(intervalSchema),
    /** Stored at the end, perhaps never acknowledged: kept. */
    possiblyLost: z.array(intervalSchema),
  }),
  problems: z.array(z.string()),
  wouldSettle: z.array(z.array(serverIdSchema)),
  orphans: z.array(z.never()),
});

/** One register as it will be. Its bytes are not in a plan: they may hold what services keep secret. */
export const plannedRegisterSchema = z.strictObject({
  key: z.string(),
  from: z.string(),
  action: z.enum(['keep', 'write']),
  version,
  /** SHA-256 of the value's bytes. */
  digest: digestSchema,
  /** The version that the store holds now; `null`: none. */
  before: version.nullable(),
});

/** What is left of an etcd, whose registers are only versions here. */
const setSurvivorSchema = z.strictObject({
  ...survivorPlaceSchema.shape,
  /** Otherwise `problems` say why nothing of it is used. */
  isReadable: z.boolean(),
  revision: z.string().exactOptional(),
  /** Keys that are no registers: nothing but the chosen survivor knows them. */
  otherKeys: z.number().int().min(0),
  registers: z.record(z.string(), version),
  chosen: z.boolean(),
  problems: z.array(z.string()),
});
export type SetSurvivor = Frozen<z.infer<typeof setSurvivorSchema>>;

/** An etcd with a majority again: of a survivor's copy, of nothing, or of the members that serve already. */
const newEtcdSchema = z.strictObject({
  start: z.enum(['survivor', 'empty', 'running']),
  /** New with every plan: who has it was made by this one. */
  token: z.string(),
  /** How many members there shall be. */
  growTo: z.number().int().min(1),
  members: z.array(plannedMemberSchema),
  survivors: z.array(setSurvivorSchema),
  /** Absent where members serve already. */
  first: memberPlaceSchema.exactOptional(),
  serving: z.array(memberPlaceSchema),
  servingClusterId: z.string().exactOptional(),
  /** Added one after the other. */
  additions: z.array(memberPlaceSchema),
});
export type NewEtcd = Frozen<z.infer<typeof newEtcdSchema>>;

/** `rebuild-metastore` and `force-new-cluster` of a cluster whose registers are only good together. */
export const registersPlanSchema = z.strictObject({
  ...foreignHead,
  kind: z.literal('rebuild-registers'),
  command: z.enum(['rebuild-metastore', 'force-new-cluster']),
  verdict: z.enum(['proven', 'unproven', 'contradiction']),
  store: z.strictObject({
    kind: z.enum(['builtin', 'etcd']),
    /** `lost`: nothing can be read of it, it is made anew. */
    state: z.enum(['serves', 'empty', 'lost']),
    detail: z.string().exactOptional(),
  }),
  /** `force-new-cluster` of an etcd that lost its majority. */
  newEtcd: newEtcdSchema.exactOptional(),
  hands: z.enum(['tool', 'operator']),
  registers: z.array(plannedRegisterSchema),
  logs: z.array(foreignLogSchema),
  nodes: z.array(
    z.strictObject({
      id: serverIdSchema.exactOptional(),
      name: z.string(),
      address: z.string(),
      state: z.string(),
      /** Stopped, its part of the lost store kept aside, and started again. */
      setAside: z.boolean(),
    }),
  ),
  /**
   * Loglets with records on fewer nodes than a write quorum, whose sequencer nobody who answered told: the cluster completes
   * them in its name only, so it is asked for again when nodes have joined.
   */
  guessedSequencers: z.array(z.string()).min(1).exactOptional(),
  unknowns: z.array(
    z.strictObject({
      what: z.string(),
      consequence: z.string(),
      supply: z.string(),
      guessed: z.boolean(),
    }),
  ),
  /** The operator's word, where nothing that is left tells. */
  stated: z.strictObject({
    replication: replicationSchema.exactOptional(),
    nodes: z.array(z.strictObject({ name: z.string(), id: z.number().int().min(1) })),
  }),
});
export type RegistersPlan = Frozen<z.infer<typeof registersPlanSchema>>;
export type ForeignLogPlan = RegistersPlan['logs'][number];
export type PlannedRegister = RegistersPlan['registers'][number];

/** What became of one log. */
export const foreignLogResultSchema = z.object({
  logId: logIdSchema,
  verdict: z.enum(['proven', 'unproven', 'contradiction']),
  version,
  segments: z.number(),
  tail: positionSchema.exactOptional(),
  writable: z.boolean(),
  detail: z.string().exactOptional(),
});
export type ForeignLogResult = Frozen<z.infer<typeof foreignLogResultSchema>>;

/** Results of steps, as a journal keeps them. */
export const keptStepSchema = z.string();
/** The version of the chains with the right ones. */
export const sequencersStepSchema = z.number().int().nullable();
export const openedStepSchema = z.object({ clusterId: z.string(), savedAs: z.string() });
export const missingStepSchema = z.array(z.string());
export const tailsStepSchema = z.array(foreignLogResultSchema);
