import { z } from 'zod';
import { generationSchema, serverIdSchema, storeIdSchema } from '../common.ts';
import { admitPlanSchema } from '../plans/membership.ts';
import { plannedResult } from './planned.ts';

export const admitResultSchema = plannedResult(admitPlanSchema.shape, {
  result: z.object({ server: serverIdSchema, storeId: storeIdSchema, generation: generationSchema }),
});
