import { z } from 'zod';
import { logIdSchema, logletIdSchema, positionSchema, serverIdSchema } from '../common.ts';
import { sealPlanSchema } from '../plans/seal.ts';
import { plannedResult } from './planned.ts';

export const sealResultSchema = plannedResult(sealPlanSchema.shape, {
  result: z.object({
    logId: logIdSchema,
    logletId: logletIdSchema,
    tail: positionSchema,
    committed: positionSchema,
    sealedOn: z.array(serverIdSchema),
    underReplicated: z.boolean(),
    lossFrom: positionSchema.optional(),
  }),
});
