import { z } from 'zod';
import { repairPlanSchema } from '../plans/repair.ts';
import { plannedResult } from './planned.ts';

export const repairResultSchema = plannedResult(repairPlanSchema.shape, {
  result: z.object({
    added: z.number(),
    healed: z.number(),
    /** Steps that could not be done now; the others were. */
    failed: z.array(z.object({ step: z.string(), message: z.string() })),
    left: repairPlanSchema.shape.left,
    again: z.boolean(),
  }),
});
