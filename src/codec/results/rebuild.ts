import { z } from 'zod';
import { logIdSchema, positionSchema, versionSchema } from '../common.ts';
import { planSchema } from '../plan.ts';
import { plannedResult } from './planned.ts';

export const rebuildResultSchema = plannedResult(planSchema.shape, {
  results: z.array(
    z.object({
      logId: logIdSchema,
      verdict: z.enum(['proven', 'unproven', 'contradiction']),
      version: versionSchema,
      segments: z.number(),
      tail: positionSchema.optional(),
      writable: z.boolean(),
    }),
  ),
});
