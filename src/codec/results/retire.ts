import { z } from 'zod';
import { logIdSchema, serverIdSchema, storeIdSchema } from '../common.ts';
import { retirePlanSchema } from '../plans/membership.ts';
import { plannedResult } from './planned.ts';

export const retireResultSchema = plannedResult(retirePlanSchema.shape, {
  result: z.object({
    server: serverIdSchema,
    stores: z.array(storeIdSchema),
    recordedIn: z.array(logIdSchema),
  }),
});
