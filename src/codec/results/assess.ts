import { z } from 'zod';
import {
  type Frozen,
  generationSchema,
  logIdSchema,
  logletIdSchema,
  positionSchema,
  serverIdSchema,
} from '../common.ts';

const interval = z.object({ from: positionSchema, to: positionSchema.exactOptional() });

export const findingSchema = z.object({
  severity: z.enum(['critical', 'warning', 'info']),
  /** Permanent: see docs/findings. */
  code: z.string(),
  message: z.string(),
  /** The playbook that fits; `null` when the next command is all there is to do. */
  playbook: z.string().nullable(),
  next: z.string().nullable(),
  logId: logIdSchema.exactOptional(),
  logletId: logletIdSchema.exactOptional(),
  servers: z.array(serverIdSchema).exactOptional(),
});

const assessedSegmentSchema = z.object({
  index: z.number(),
  logletId: logletIdSchema,
  start: positionSchema,
  /** Exclusive; `null` while it is active. */
  end: positionSchema.nullable(),
  state: z.enum(['active', 'sealed', 'lost', 'trimmed', 'archived']),
  durability: z.string().nullable(),
  nodeset: z.array(serverIdSchema),
  /** Members that answer with the very store that the nodeset names. */
  responders: z.array(serverIdSchema),
  sealable: z.boolean(),
  /** 0: not sealable now. `null`: no loss can make it so. */
  lossesUntilUnsealable: z.number().nullable(),
  underReplicated: z.boolean(),
  /** Positions that no server that answers holds. */
  missing: z.array(interval),
});

const backupSchema = z.object({
  lastVersion: z.number().nullable(),
  /** Versions of the register that are not in the repository. */
  behind: z.number().nullable(),
  ageSeconds: z.number().nullable(),
});

const assessedLogSchema = z.object({
  logId: logIdSchema,
  /** `register`: as it is. `evidence`: the MetaStore does not say; this is what servers and backups give. */
  chainFrom: z.enum(['register', 'evidence']),
  /** Of the register; without one, the highest that any evidence names. */
  version: z.number(),
  trimPoint: positionSchema,
  tail: positionSchema.nullable(),
  /** `acknowledged`: its sequencer said so. `lowerBound`: everything below it is determined. */
  tailKind: z.enum(['acknowledged', 'lowerBound', 'unknown']),
  /** Where the log would go on if it were sealed now; `null` while it takes appends, and when it cannot be sealed. */
  tailIfSealed: positionSchema.nullable(),
  segments: z.array(assessedSegmentSchema),
  writable: z.boolean(),
  /** The server whose process gives positions in the last loglet; `null` when nobody tells. */
  sequencer: serverIdSchema.nullable(),
  /** What is in the way of appends; `appends` when nothing is. */
  taking: z.string(),
  /** Single losses, each of which would make the last loglet unsealable. */
  unsealableAfterLossOf: z.object({ servers: z.array(serverIdSchema), zones: z.array(z.string()) }),
  /** With those servers that answer now. */
  loss: z.object({
    lost: z.array(interval),
    possiblyLost: z.array(interval),
    unknownOutcomeResolved: z.array(interval),
  }),
  /** What a rebuild would find if the MetaStore were lost at this moment. */
  ifMetaStoreLost: z.object({
    verdict: z.enum(['proven', 'unproven', 'contradiction']),
    problems: z.array(z.string()),
    wouldSettle: z.array(z.array(serverIdSchema)),
  }),
  backup: backupSchema,
  /** How far its entries are in the repository, as names there tell; `null`: nothing of them, or it does not answer. */
  data: z.object({ upTo: positionSchema, whole: z.number() }).nullable(),
});

/** Members of a MetaStore, whatever the engine. */
export const metaStoreMembersSchema = z.array(
  z.object({
    id: z.string(),
    endpoint: z.string(),
    state: z.enum(['ok', 'unreachable']),
    detail: z.string().exactOptional(),
  }),
);

export const assessmentSchema = z.object({
  cluster: z.object({ id: z.string(), name: z.string(), generation: generationSchema.nullable() }),
  takenAt: z.number(),
  metaStore: z.object({
    kind: z.string(),
    /** `lost` also when it answers and has lost the chain of a log. */
    health: z.enum(['ok', 'degraded', 'lost']),
    members: metaStoreMembersSchema,
    problem: z.string().nullable(),
  }),
  logServers: z.array(
    z.object({
      id: serverIdSchema,
      state: z.enum(['ok', 'unreachable', 'stale', 'foreign', 'unadmitted', 'retired']),
      location: z.string(),
      generation: generationSchema.nullable(),
      detail: z.string().exactOptional(),
    }),
  ),
  logs: z.array(assessedLogSchema),
  /** Of the log whose backup lies farthest behind. */
  backup: backupSchema,
  findings: z.array(findingSchema),
  /** `unreachable`: nothing answers, so nothing is known. */
  verdict: z.enum(['ok', 'attention', 'unreachable']),
});

export type Assessment = Frozen<z.infer<typeof assessmentSchema>>;
export type AssessedLog = Assessment['logs'][number];
