import { z } from 'zod';
import { forceNewClusterPlanSchema, startedMemberSchema } from '../plans/forceNewCluster.ts';
import { plannedResult } from './planned.ts';
import { rebuildResultSchema } from './rebuild.ts';

export const forceNewClusterResultSchema = plannedResult(forceNewClusterPlanSchema.shape, {
  results: rebuildResultSchema.shape.results,
  /** Every member as it answered at the end. */
  health: z.array(z.object({ name: z.string(), clientUrl: z.string(), state: z.string() })),
  /** Where the data directories lie that were there before. Nothing is deleted. */
  moved: z.array(startedMemberSchema),
  durationMs: z.number(),
});
