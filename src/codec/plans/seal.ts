import { z } from 'zod';
import {
  durabilitySchema,
  type Frozen,
  generationSchema,
  logIdSchema,
  logletIdSchema,
  nodesetSchema,
  positionSchema,
  serverIdSchema,
  versionSchema,
} from '../common.ts';
import { planHead } from './head.ts';

/** `seal LOG`: ends appends to one loglet with the servers that answer. */
export const sealPlanSchema = z.strictObject({
  ...planHead,
  kind: z.literal('seal'),
  logId: logIdSchema,
  logletId: logletIdSchema,
  /** Of the loglet in its log. Only the last one's tail is completed: earlier ends are fixed by what follows them. */
  place: z.enum(['last', 'earlier', 'not in the chain']),
  index: z.number().int().min(0),
  start: positionSchema,
  nodeset: nodesetSchema,
  durability: durabilitySchema,
  generation: generationSchema,
  /** The chain that this was planned on: its version, and who told it. */
  chain: z.strictObject({
    version: versionSchema,
    from: z.enum(['the register', 'loglets and caches']),
  }),
  metaStore: z.strictObject({ writable: z.boolean(), detail: z.string().exactOptional() }),
  members: z.array(
    z.strictObject({
      id: serverIdSchema,
      state: z.enum(['open', 'sealed', 'silent', 'without a copy']),
      localTail: positionSchema.exactOptional(),
      /** Its tail before any repair; of a sealed copy. */
      tailAtSeal: positionSchema.exactOptional(),
      knownCommitted: positionSchema.exactOptional(),
    }),
  ),
  sealable: z.boolean(),
  /** How many more losses until it cannot be sealed any more; absent when no loss can do that. */
  lossesUntilUnsealable: z.number().int().min(0).exactOptional(),
  wouldSettle: z.array(z.array(serverIdSchema)),
  /** Where the log would go on if nothing were appended any more; beyond quorum, where it goes on if loss is accepted. */
  tail: positionSchema,
  committed: positionSchema,
});

export type SealPlan = Frozen<z.infer<typeof sealPlanSchema>>;

/** Results of steps, as a journal keeps them. */
export const sealStepSchema = z.object({
  tail: positionSchema,
  committed: positionSchema,
  whole: z.array(serverIdSchema),
  underReplicated: z.boolean(),
  /** Present when the operator accepted loss from there on. */
  lossFrom: positionSchema.exactOptional(),
});
export type SealStep = Frozen<z.infer<typeof sealStepSchema>>;
