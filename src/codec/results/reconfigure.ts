import { z } from 'zod';
import { reconfiguredStepSchema, reconfigurePlanSchema } from '../plans/reconfigure.ts';
import { plannedResult } from './planned.ts';

export const reconfigureResultSchema = plannedResult(reconfigurePlanSchema.shape, {
  result: z.object({ ...reconfiguredStepSchema.shape, asWished: z.boolean() }),
});
