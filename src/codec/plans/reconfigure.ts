import { z } from 'zod';
import {
  durabilitySchema,
  type Frozen,
  logIdSchema,
  logletIdSchema,
  nodesetSchema,
  positionSchema,
  serverIdSchema,
  versionSchema,
} from '../common.ts';
import { planHead } from './head.ts';

const placementSchema = z.strictObject({ nodeset: nodesetSchema, durability: durabilitySchema });

/** `reconfigure LOG`: ends the last loglet and goes on in a new one. */
export const reconfigurePlanSchema = z.strictObject({
  ...planHead,
  kind: z.literal('reconfigure'),
  logId: logIdSchema,
  /** The chain that this was planned on. */
  version: versionSchema,
  last: z.strictObject({
    logletId: logletIdSchema,
    index: z.number().int().min(0),
    start: positionSchema,
    ...placementSchema.shape,
    responders: z.array(serverIdSchema),
    sealable: z.boolean(),
    wouldSettle: z.array(z.array(serverIdSchema)),
  }),
  /** What was asked for; what is left out comes from the configuration. */
  wish: z.strictObject({
    durability: durabilitySchema.exactOptional(),
    nodesetSize: z.number().int().min(1).exactOptional(),
    servers: z.array(serverIdSchema).exactOptional(),
    exclude: z.array(serverIdSchema).exactOptional(),
  }),
  /** The last loglet does not allow the durability asked for: a loglet that allows it is made first. */
  prepare: z.boolean(),
  /** What would be chosen of the servers that answer now. */
  successor: placementSchema.exactOptional(),
});

export type ReconfigurePlan = Frozen<z.infer<typeof reconfigurePlanSchema>>;

/** Results of steps, as a journal keeps them. */
export const reconfiguredStepSchema = z.object({
  outcome: z.enum(['installed', 'superseded']),
  version: versionSchema,
  segments: z.number().int().min(1),
  logletId: logletIdSchema,
  start: positionSchema,
  ...placementSchema.shape,
});
export type ReconfiguredStep = Frozen<z.infer<typeof reconfiguredStepSchema>>;
